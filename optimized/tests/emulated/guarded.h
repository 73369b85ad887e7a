// Memory that ends at a page that nobody may touch, and is junk until it is written.

#ifndef NB_EMULATED_GUARDED_H
#define NB_EMULATED_GUARDED_H

#include <cstring>

#include <sys/mman.h>
#include <unistd.h>

/// Makes junk of memory: as a float of any precision it is no number.
inline void spoil(void *memory, size_t bytes) { std::memset(memory, 0xff, bytes); }

/// A piece of such memory, until it is given back.
struct Guarded {
    /// Its first byte; null where there is no memory left.
    char *begin = nullptr;

    explicit Guarded(size_t bytes) {
        const size_t page = (size_t)sysconf(_SC_PAGESIZE);
        const size_t whole = (bytes + page - 1) / page * page;
        base = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base == MAP_FAILED) {
            return;
        }
        mapped = whole + page;
        mprotect((char *)base + whole, page, PROT_NONE);
        // Kernels read at most 16 bytes at once.
        const size_t aligned = (bytes + 15) / 16 * 16;
        begin = (char *)base + whole - aligned;
        spoil(base, whole);
    }

    void give_back() { munmap(base, mapped); }

  private:
    void *base;
    size_t mapped = 0;
};

#endif

// Memory of the emulated GPU: each piece ends at a page that nobody may touch, and what nothing was
// written to is no number in any precision.

#ifndef NB_EMULATED_MEMORY_H
#define NB_EMULATED_MEMORY_H

#include <cstring>
#include <map>
#include <mutex>

#include <sys/mman.h>
#include <unistd.h>

class Memory {
  public:
    explicit Memory(size_t bytes) : total(bytes) {}

    /// A piece; 0 where there is not so much.
    unsigned long long take(size_t bytes) {
        std::lock_guard<std::mutex> lock(mutex);
        if (bytes > total - used) {
            return 0;
        }
        const size_t page = (size_t)sysconf(_SC_PAGESIZE);
        const size_t whole = (bytes + page - 1) / page * page;
        void *base = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (base == MAP_FAILED) {
            return 0;
        }
        mprotect((char *)base + whole, page, PROT_NONE);
        // Kernels read at most 16 bytes at once.
        const size_t aligned = (bytes + 15) / 16 * 16;
        char *piece = (char *)base + whole - aligned;
        const unsigned long long junk = 0xfff8deadffc0deadull;
        for (size_t at = 0; at < aligned; at += sizeof junk) {
            std::memcpy(piece + at, &junk, sizeof junk);
        }
        used += bytes;
        pieces[(unsigned long long)piece] = {bytes, base, whole + page};
        return (unsigned long long)piece;
    }

    /// Gives a piece back; false where there is none.
    bool give(unsigned long long address) {
        std::lock_guard<std::mutex> lock(mutex);
        const auto found = pieces.find(address);
        if (found == pieces.end()) {
            return false;
        }
        munmap(found->second.base, found->second.mapped);
        used -= found->second.bytes;
        pieces.erase(found);
        return true;
    }

    /// Whether some bytes lie within one piece.
    bool holds(unsigned long long address, size_t bytes) {
        std::lock_guard<std::mutex> lock(mutex);
        auto next = pieces.upper_bound(address);
        if (next == pieces.begin()) {
            return false;
        }
        const auto &[start, piece] = *--next;
        return address - start <= piece.bytes && bytes <= piece.bytes - (address - start);
    }

    size_t free() {
        std::lock_guard<std::mutex> lock(mutex);
        return total - used;
    }

    const size_t total;

  private:
    struct Piece {
        size_t bytes;
        void *base;
        size_t mapped;
    };

    std::mutex mutex;
    std::map<unsigned long long, Piece> pieces;
    size_t used = 0;
};

#endif

// Memory of the emulated GPU, of which there is so much.

#ifndef NB_EMULATED_MEMORY_H
#define NB_EMULATED_MEMORY_H

#include <map>
#include <mutex>

#include "guarded.h"

class Memory {
  public:
    explicit Memory(size_t bytes) : total(bytes) {}

    /// A piece; 0 where there is not so much.
    unsigned long long take(size_t bytes) {
        std::lock_guard<std::mutex> lock(mutex);
        if (bytes > total - used) {
            return 0;
        }
        const Guarded memory(bytes);
        if (!memory.begin) {
            return 0;
        }
        const auto address = (unsigned long long)memory.begin;
        pieces.insert({address, {bytes, memory}});
        used += bytes;
        return address;
    }

    /// Gives a piece back; false where there is none.
    bool give(unsigned long long address) {
        std::lock_guard<std::mutex> lock(mutex);
        const auto found = pieces.find(address);
        if (found == pieces.end()) {
            return false;
        }
        found->second.memory.give_back();
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
        Guarded memory;
    };

    std::mutex mutex;
    std::map<unsigned long long, Piece> pieces;
    size_t used = 0;
};

#endif

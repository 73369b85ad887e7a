// The threads of a block, in turns on one thread of the processor.
//
// Each runs until it comes to a barrier, or to its end, before the next one does, and the order changes
// from barrier to barrier: what a thread reads that another has not yet written, or has written over, is
// read so every time. That all threads of a block come to each barrier is checked.

#ifndef NB_EMULATED_THREADS_H
#define NB_EMULATED_THREADS_H

#include <functional>
#include <memory>
#include <vector>

#include <ucontext.h>

/// Threads of a block that runs.
class Block {
  public:
    /// Bytes of a thread's stack.
    static constexpr size_t STACK = 256 * 1024;

    int number = 0;  ///< Of the block.
    int current = 0; ///< The thread whose turn it is.
    int count = 0;   ///< Of threads.

    /// Runs a function in so many threads; false where some ended before a barrier of the others.
    bool run(int block, int threads, const std::function<void()> &function) {
        number = block;
        count = threads;
        work = &function;
        while ((int)turns.size() < threads) {
            turns.push_back(std::make_unique<Turn>());
        }
        for (int thread = 0; thread < threads; thread++) {
            begin(*turns[thread]);
        }
        for (int phase = 0;; phase++) {
            int ended = 0;
            bool any = false;
            for (int place = 0; place < threads; place++) {
                const int turned = (place + 37 * phase) % threads;
                current = phase % 2 == 0 ? turned : threads - 1 - turned;
                Turn &turn = *turns[current];
                swapcontext(&home, &turn.context);
                ended += turn.ended;
                any = any || turn.vote;
            }
            if (ended > 0) {
                return ended == threads;
            }
            verdict = any;
        }
    }

    /// Waits for all threads; whether any of them says so.
    bool wait(bool vote) {
        Turn &turn = *turns[current];
        turn.vote = vote;
        swapcontext(&turn.context, &home);
        return verdict;
    }

  private:
    struct Turn {
        ucontext_t context;
        std::unique_ptr<char[]> stack{new char[STACK]};
        bool vote = false;
        bool ended = false;
    };

    void begin(Turn &turn) {
        turn.vote = turn.ended = false;
        getcontext(&turn.context);
        turn.context.uc_stack.ss_sp = turn.stack.get();
        turn.context.uc_stack.ss_size = STACK;
        turn.context.uc_link = &home;
        // Arguments of such a function are integers: an address takes two.
        const unsigned long long self = (unsigned long long)this;
        makecontext(&turn.context, (void (*)())enter, 2, (unsigned)(self >> 32), (unsigned)self);
    }

    static void enter(unsigned upper, unsigned lower) {
        Block &block = *(Block *)((unsigned long long)upper << 32 | lower);
        (*block.work)();
        Turn &turn = *block.turns[block.current];
        turn.vote = false;
        turn.ended = true;
    }

    ucontext_t home;
    std::vector<std::unique_ptr<Turn>> turns;
    const std::function<void()> *work = nullptr;
    bool verdict = false;
};

#endif

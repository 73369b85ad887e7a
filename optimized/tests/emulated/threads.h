// The threads of a block, in turns on one thread of the processor.
//
// Each runs until it comes to a barrier, or to its end, before the next one does. Their order is another
// one, and the opposite one, from barrier to barrier and from block to block: a barrier that is missing
// between what one thread writes and another reads is seen in every second block. That all threads of a
// block come to the same barrier is checked.

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

    /// Runs a function in so many threads; false where they do not come to the same barrier.
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
        for (unsigned phase = (unsigned)block;; phase++) {
            bool any = false, together = true;
            for (int place = 0; place < threads; place++) {
                const int turned = (place + 37 * (int)(phase % 128)) % threads;
                current = phase % 2 == 0 ? turned : threads - 1 - turned;
                Turn &turn = *turns[current];
                swapcontext(&home, &turn.context);
                any = any || turn.vote;
                together = together && (place == 0 || turn.at == at);
                at = turn.at;
            }
            if (!together || at == END) {
                return together;
            }
            verdict = any;
        }
    }

    /// Waits at a barrier for all threads; whether any of them says so.
    bool wait(int barrier, bool vote) {
        Turn &turn = *turns[current];
        turn.at = barrier;
        turn.vote = vote;
        swapcontext(&turn.context, &home);
        return verdict;
    }

  private:
    /// Where a thread is that has come to its end: at no barrier.
    static constexpr int END = -1;

    struct Turn {
        ucontext_t context;
        std::unique_ptr<char[]> stack{new char[STACK]};
        int at = END;
        bool vote = false;
    };

    void begin(Turn &turn) {
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
        block.turns[block.current]->at = END;
    }

    ucontext_t home;
    std::vector<std::unique_ptr<Turn>> turns;
    const std::function<void()> *work = nullptr;
    int at = END;
    bool verdict = false;
};

#endif

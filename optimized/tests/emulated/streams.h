// Streams and events: each stream does its work in its order, on a thread of its own, beside the others.

#ifndef NB_EMULATED_STREAMS_H
#define NB_EMULATED_STREAMS_H

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

class Stream {
  public:
    Stream() : thread([this] { work(); }) { thread.detach(); }

    void put(std::function<void()> operation) {
        std::lock_guard<std::mutex> lock(mutex);
        operations.push_back(std::move(operation));
        changed.notify_all();
    }

    /// Waits until all is done that was put before.
    void wait() {
        std::unique_lock<std::mutex> lock(mutex);
        changed.wait(lock, [this] { return operations.empty() && !busy; });
    }

  private:
    void work() {
        std::unique_lock<std::mutex> lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return !operations.empty(); });
            const std::function<void()> operation = std::move(operations.front());
            operations.pop_front();
            busy = true;
            lock.unlock();
            operation();
            lock.lock();
            busy = false;
            changed.notify_all();
        }
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> operations;
    bool busy = false;
    std::thread thread;
};

/// A moment in a stream. What it was recorded as last is what counts.
class Event {
  public:
    void record(Stream &stream) {
        const auto mine = std::make_shared<Moment>();
        moment = mine;
        stream.put([mine] {
            mine->time = std::chrono::steady_clock::now();
            mine->come = true;
        });
    }

    bool has_come() const { return !moment || moment->come; }

    /// What waits for what it is now.
    std::function<void()> waiting() const {
        const auto mine = moment;
        return [mine] {
            while (mine && !mine->come) {
                std::this_thread::yield();
            }
        };
    }

    /// Milliseconds since another that has come, as it has itself.
    float since(const Event &other) const {
        return std::chrono::duration<float, std::milli>(moment->time - other.moment->time).count();
    }

    bool is_recorded() const { return moment != nullptr; }

  private:
    struct Moment {
        std::chrono::steady_clock::time_point time;
        std::atomic<bool> come{false};
    };

    std::shared_ptr<Moment> moment;
};

#endif

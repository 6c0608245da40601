// A thread with its way back into the JS environment (rules 1, 5 and 6).
#pragma once
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "values.h"

namespace pcsc {

using Lock = std::unique_lock<std::mutex>;
using std::chrono::milliseconds;

// Rule 6: a thread-safe function that no thread touches once its environment is going away.
class Port {
 public:
  void attach(napi_threadsafe_function function) { function_ = function; }

  bool call(void* data) {
    Lock lock(mutex_);
    if (!alive_) return false;
    const napi_status status = napi_call_threadsafe_function(function_, data, napi_tsfn_nonblocking);
    if (status == napi_closing) alive_ = false;  // Node 18 and 20 have freed it: never touch it again
    return status == napi_ok;
  }

  // The thread's last word.
  void finish() {
    Lock lock(mutex_);
    if (alive_) napi_release_threadsafe_function(function_, napi_tsfn_release);
    alive_ = false;
    threadDone_ = true;
    changed_.notify_all();
  }

  // The environment's last word; a thread stuck in a card is abandoned, never joined.
  void detach(int waitMs) {
    Lock lock(mutex_);
    if (alive_) napi_release_threadsafe_function(function_, napi_tsfn_abort);
    alive_ = false;
    changed_.wait_for(lock, milliseconds(waitMs), [this] { return threadDone_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  napi_threadsafe_function function_ = nullptr;
  bool alive_ = true;
  bool threadDone_ = false;
};

// A thread with a port. `requestStop` returns at once (rule 5).
class Worker {
 public:
  virtual ~Worker() = default;
  virtual void run() = 0;
  virtual void requestStop() = 0;
  virtual int exitWaitMs() const = 0;
  Port port;
};

using WorkerPtr = std::shared_ptr<Worker>;

// Lives exactly as long as the thread-safe function, so that the exit hook is there whenever a thread could still call.
struct ExitHook {
  WorkerPtr worker;
  bool ran = false;
};

inline void onEnvironmentExit(void* data) {
  auto* hook = static_cast<ExitHook*>(data);
  hook->ran = true;
  hook->worker->requestStop();
  hook->worker->port.detach(hook->worker->exitWaitMs());
}

inline void onFunctionFinalized(napi_env env, void* data, void*) {
  auto* hook = static_cast<ExitHook*>(data);
  if (!hook->ran) napi_remove_env_cleanup_hook(env, onEnvironmentExit, hook);
  delete hook;
}

inline void onHandleCollected(napi_env, void* data, void*) {
  auto* worker = static_cast<WorkerPtr*>(data);
  (*worker)->requestStop();
  delete worker;
}

// Starts the worker's thread and returns the handle JS keeps; `keepsLoopAlive` is false for what must not hold a process.
inline napi_value start(napi_env env, WorkerPtr worker, const char* name, napi_value callback,
                        napi_threadsafe_function_call_js callJs, bool keepsLoopAlive) {
  napi_threadsafe_function function;
  auto* hook = new ExitHook{worker};
  if (napi_create_threadsafe_function(env, callback, nullptr, toString(env, name), 0, 1, hook, onFunctionFinalized,
                                      nullptr, callJs, &function) != napi_ok) {
    delete hook;
    napi_throw_type_error(env, nullptr, "a callback function is expected");
    return nullptr;
  }
  worker->port.attach(function);
  if (!keepsLoopAlive) napi_unref_threadsafe_function(env, function);
  // Rule 6: hooks run last in, first out, so this one runs before the thread-safe function's own teardown.
  napi_add_env_cleanup_hook(env, onEnvironmentExit, hook);
  std::thread([worker] { worker->run(); }).detach();
  napi_value handle;
  napi_create_external(env, new WorkerPtr(worker), onHandleCollected, nullptr, &handle);
  return handle;
}

}  // namespace pcsc

// The watcher: one thread that follows the service, its readers and their cards (rules 1, 3, 8 and 9).
#pragma once
#include <atomic>
#include <cstring>

#include "worker.h"

namespace pcsc {

constexpr size_t kMaxReaders = 15;  // pcscd serves 16 states to a client; one is the plug-and-play pseudo reader
constexpr char kPlugAndPlay[] = "\\\\?PnP?\\Notification";
constexpr milliseconds kPause{50};

struct WatchEvent {
  enum Kind { kService, kReaderAdded, kReaderRemoved, kState } kind;
  std::string reader;
  DWORD state = 0;
  LONG code = SCARD_S_SUCCESS;
};

class Watcher : public Worker {
 public:
  Watcher(uint32_t statusTimeoutMs, uint32_t retryMs) : statusTimeoutMs_(statusTimeoutMs), retryMs_(retryMs) {}

  void run() override {
    while (!stopped()) {
      noteTurn();
      SCARDCONTEXT context;
      const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context);
      if (code != SCARD_S_SUCCESS) {
        reportDown(code);
        pause(milliseconds(retryMs_));
        continue;
      }
      setContext(context, true);
      report({WatchEvent::kService, "", 1, code});
      up_ = 1;
      const LONG ended = follow(context);
      setContext(context, false);
      SCardReleaseContext(context);
      if (stopped()) break;
      failClosed(ended);
      pause(kPause);
    }
    port.finish();
  }

  void requestStop() override {
    Lock lock(mutex_);
    if (stop_) return;
    stop_ = true;
    wake_.notify_all();
    // Rule 1: SCardCancel waits for the daemon, so not even that runs on the JS thread. It may be lost (rule 3 covers it).
    if (hasContext_) std::thread([context = context_] { SCardCancel(context); }).detach();
  }

  int exitWaitMs() const override { return static_cast<int>(statusTimeoutMs_) + 500; }

  // How long the thread has been waiting for the daemon: every wait is bounded, so a long one means a daemon that hangs.
  int64_t waitingMs() const { return nowMs() - lastTurnMs_; }

 private:
  struct Reader {
    std::string name;
    DWORD state;
  };

  // Follows readers and cards until stopped or the service fails; returns the code it failed with.
  LONG follow(SCARDCONTEXT context) {
    while (!stopped()) {
      noteTurn();
      std::vector<std::string> names;
      LONG code = listReaders(context, names);
      if (code == SCARD_E_INSUFFICIENT_BUFFER) continue;  // the list grew between the two calls
      if (code != SCARD_S_SUCCESS) return code;
      updateReaders(names);
      code = awaitChange(context);
      if (code == SCARD_E_UNKNOWN_READER) pause(kPause);  // unplugged since it was listed
      const bool expected = code == SCARD_S_SUCCESS || code == SCARD_E_TIMEOUT || code == SCARD_E_UNKNOWN_READER ||
                            code == SCARD_E_CANCELLED;
      if (!expected) return code;  // rule 8
    }
    return SCARD_S_SUCCESS;
  }

  static LONG listReaders(SCARDCONTEXT context, std::vector<std::string>& names) {
    DWORD length = 0;
    LONG code = SCardListReaders(context, nullptr, nullptr, &length);
    if (code == SCARD_E_NO_READERS_AVAILABLE) return SCARD_S_SUCCESS;
    if (code != SCARD_S_SUCCESS) return code;
    std::vector<char> list(length + 2, 0);
    code = SCardListReaders(context, nullptr, list.data(), &length);
    if (code == SCARD_E_NO_READERS_AVAILABLE) return SCARD_S_SUCCESS;
    if (code != SCARD_S_SUCCESS) return code;
    for (const char* name = list.data(); *name; name += std::strlen(name) + 1) names.push_back(name);
    return code;
  }

  void updateReaders(const std::vector<std::string>& names) {
    for (size_t i = 0; i < readers_.size();) {
      bool listed = false;
      for (const auto& name : names) listed = listed || name == readers_[i].name;
      if (listed) {
        i++;
        continue;
      }
      report({WatchEvent::kReaderRemoved, readers_[i].name});
      readers_.erase(readers_.begin() + static_cast<long>(i));
    }
    for (const auto& name : names) {
      bool known = false;
      for (const auto& reader : readers_) known = known || name == reader.name;
      if (known || readers_.size() >= kMaxReaders) continue;
      readers_.push_back({name, SCARD_STATE_UNAWARE});
      report({WatchEvent::kReaderAdded, name});
    }
  }

  LONG awaitChange(SCARDCONTEXT context) {
    std::vector<SCARD_READERSTATE> states(readers_.size() + 1);
    std::memset(states.data(), 0, states.size() * sizeof states[0]);
    for (size_t i = 0; i < readers_.size(); i++) {
      states[i].szReader = readers_[i].name.c_str();
      states[i].dwCurrentState = readers_[i].state;
    }
    states.back().szReader = kPlugAndPlay;
    const LONG code = SCardGetStatusChange(context, statusTimeoutMs_, states.data(), states.size());  // rule 3
    if (code != SCARD_S_SUCCESS) return code;
    for (size_t i = 0; i < readers_.size(); i++) {
      if (!(states[i].dwEventState & SCARD_STATE_CHANGED)) continue;
      readers_[i].state = states[i].dwEventState & ~static_cast<DWORD>(SCARD_STATE_CHANGED);
      report({WatchEvent::kState, readers_[i].name, readers_[i].state});
    }
    return code;
  }

  void failClosed(LONG code) {  // rule 8
    for (const auto& reader : readers_) report({WatchEvent::kReaderRemoved, reader.name});
    readers_.clear();
    reportDown(code);
  }

  void reportDown(LONG code) {
    if (up_ != 0) report({WatchEvent::kService, "", 0, code});
    up_ = 0;
  }

  void report(WatchEvent event) {
    auto* data = new WatchEvent(std::move(event));
    if (!port.call(data)) delete data;
  }

  static int64_t nowMs() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<milliseconds>(now).count();
  }

  void noteTurn() { lastTurnMs_ = nowMs(); }

  bool stopped() {
    Lock lock(mutex_);
    return stop_;
  }

  void pause(milliseconds time) {
    Lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return stop_; });
  }

  void setContext(SCARDCONTEXT context, bool has) {
    Lock lock(mutex_);
    context_ = context;
    hasContext_ = has;
  }

  const uint32_t statusTimeoutMs_;
  const uint32_t retryMs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  SCARDCONTEXT context_ = 0;
  bool hasContext_ = false;
  std::vector<Reader> readers_;
  std::atomic<int64_t> lastTurnMs_{nowMs()};
  int up_ = -1;  // not yet known: the first finding is always reported
};

inline napi_value toObject(napi_env env, const WatchEvent& event) {
  static const char* const kNames[] = {"service", "readerAdded", "readerRemoved", "state"};
  napi_value object;
  napi_create_object(env, &object);
  set(env, object, "type", toString(env, kNames[event.kind]));
  if (event.kind == WatchEvent::kService) {
    set(env, object, "up", toBoolean(env, event.state != 0));
    set(env, object, "code", toString(env, event.state != 0 ? "OK" : codeName(event.code)));
  } else {
    set(env, object, "reader", toString(env, event.reader));
  }
  if (event.kind == WatchEvent::kState) set(env, object, "state", toState(env, event.state));
  return object;
}

inline void deliverEvent(napi_env env, napi_value callback, void*, void* data) {
  std::unique_ptr<WatchEvent> event(static_cast<WatchEvent*>(data));
  if (!env) return;
  napi_value argument = toObject(env, *event);
  napi_value result;
  if (napi_call_function(env, undefined(env), callback, 1, &argument, &result) != napi_pending_exception) return;
  napi_value exception;
  napi_get_and_clear_last_exception(env, &exception);
  napi_fatal_exception(env, exception);
}

}  // namespace pcsc

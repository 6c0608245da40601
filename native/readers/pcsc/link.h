// A card link: its own context and thread, and a queue of jobs in order (rules 2, 4 and 10).
#pragma once
#include <reader.h>

#include <cstring>
#include <deque>

#include "worker.h"

namespace pcsc {

constexpr DWORD kProtocols = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;
constexpr int kLinkExitWaitMs = 200;

struct Job {
  enum Operation { kConnect, kTransmit, kStatus, kDisconnect } operation;
  Bytes request;
  Bytes reply;
  DWORD state = 0;
  const char* call = "";
  LONG code = SCARD_S_SUCCESS;
  napi_deferred deferred = nullptr;
};

class Link : public Worker {  // rule 2
 public:
  explicit Link(std::string reader) : reader_(std::move(reader)) {}

  void run() override {
    while (Job* job = nextJob()) {
      execute(*job);
      if (!port.call(job)) delete job;
    }
    disconnect();
    port.finish();
  }

  bool post(Job* job) {
    Lock lock(mutex_);
    if (stop_) return false;
    jobs_.push_back(job);
    wake_.notify_all();
    return true;
  }

  void requestStop() override {
    Lock lock(mutex_);
    stop_ = true;
    wake_.notify_all();
  }

  int exitWaitMs() const override { return kLinkExitWaitMs; }

 private:
  Job* nextJob() {
    Lock lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (jobs_.empty()) return nullptr;
    Job* job = jobs_.front();
    jobs_.pop_front();
    return job;
  }

  void execute(Job& job) {
    switch (job.operation) {
      case Job::kConnect:
        return connect(job);
      case Job::kTransmit:
        return transmit(job);
      case Job::kStatus:
        return status(job);
      case Job::kDisconnect:
        return disconnect();
    }
  }

  void connect(Job& job) {
    if (!hasContext_) {
      job.call = "SCardEstablishContext";
      job.code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_);
      if (job.code != SCARD_S_SUCCESS) return;
      hasContext_ = true;
    }
    job.call = "SCardConnect";
    job.code = SCardConnect(context_, reader_.c_str(), SCARD_SHARE_SHARED, kProtocols, &card_, &protocol_);
    connected_ = job.code == SCARD_S_SUCCESS;
  }

  void transmit(Job& job) {
    job.call = "SCardTransmit";
    job.code = SCARD_E_INVALID_HANDLE;
    if (!connected_) return;
    job.reply.resize(MAX_BUFFER_SIZE_EXTENDED);
    DWORD length = job.reply.size();
    const SCARD_IO_REQUEST* header = protocol_ == SCARD_PROTOCOL_T0 ? SCARD_PCI_T0 : SCARD_PCI_T1;
    job.code =
        SCardTransmit(card_, header, job.request.data(), job.request.size(), nullptr, job.reply.data(), &length);
    if (job.code == SCARD_S_SUCCESS && length < 2) job.code = SCARD_W_REMOVED_CARD;  // rule 10
    job.reply.resize(job.code == SCARD_S_SUCCESS ? length : 0);
  }

  // The reader's state now, event counter included: tells whether the card that answered is the one that was seen.
  void status(Job& job) {
    job.call = "SCardGetStatusChange";
    job.code = SCARD_E_INVALID_HANDLE;
    if (!hasContext_) return;
    SCARD_READERSTATE state;
    std::memset(&state, 0, sizeof state);
    state.szReader = reader_.c_str();
    job.code = SCardGetStatusChange(context_, 0, &state, 1);
    job.state = state.dwEventState;
  }

  void disconnect() {
    if (connected_) SCardDisconnect(card_, SCARD_LEAVE_CARD);
    if (hasContext_) SCardReleaseContext(context_);
    connected_ = false;
    hasContext_ = false;
  }

  const std::string reader_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> jobs_;
  bool stop_ = false;
  SCARDCONTEXT context_ = 0;
  SCARDHANDLE card_ = 0;
  DWORD protocol_ = 0;
  bool hasContext_ = false;
  bool connected_ = false;
};

inline void settleJob(napi_env env, napi_value, void*, void* data) {
  std::unique_ptr<Job> job(static_cast<Job*>(data));
  if (!env) return;
  if (job->code != SCARD_S_SUCCESS) {
    napi_reject_deferred(env, job->deferred, toError(env, job->call, job->code));
    return;
  }
  napi_value value = undefined(env);
  if (job->operation == Job::kTransmit) value = toBuffer(env, job->reply);
  if (job->operation == Job::kStatus) value = toState(env, job->state);
  napi_resolve_deferred(env, job->deferred, value);
}

}  // namespace pcsc

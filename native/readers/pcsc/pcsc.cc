// PC/SC for Node and Electron on plain Node-API 8: one watcher thread, one thread per card link.
// One binary serves both; it knows nothing of badges. The eleven rules named here were each a crash or a hang once:
//   1 the JS thread never calls libpcsclite      2 one context and one thread per link, never the libuv pool
//   3 every wait for a change is bounded         4 APDUs are copied in and out
//   5 stop() joins nothing on the JS thread      6 no thread touches a thread-safe function after its environment
//   7 the library is never unmapped (linker)     8 an unexpected error takes the service and every card down
//   9 the event counter tells a swapped card    10 an answer without a status word is a removed card
//  11 the file is replaced by rename (build script)
#include "link.h"
#include "watcher.h"

namespace pcsc {
namespace {

struct Arguments {
  napi_value values[3];
  size_t count = 3;
  Arguments(napi_env env, napi_callback_info info) {
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
};

template <typename T>
T* handleOf(napi_env env, napi_value value) {
  void* data = nullptr;
  T* worker = nullptr;
  if (napi_get_value_external(env, value, &data) == napi_ok) {
    worker = dynamic_cast<T*>(static_cast<WorkerPtr*>(data)->get());
  }
  if (!worker) napi_throw_type_error(env, nullptr, "a handle of this add-on is expected");
  return worker;
}

napi_value watch(napi_env env, napi_callback_info info) {
  const Arguments in(env, info);
  uint32_t statusTimeoutMs = 1000;
  uint32_t retryMs = 500;
  napi_get_value_uint32(env, in.values[1], &statusTimeoutMs);
  napi_get_value_uint32(env, in.values[2], &retryMs);
  auto watcher = std::make_shared<Watcher>(statusTimeoutMs, retryMs);
  return start(env, watcher, "pcsc-watch", in.values[0], deliverEvent, true);
}

napi_value unwatch(napi_env env, napi_callback_info info) {
  if (auto* watcher = handleOf<Watcher>(env, Arguments(env, info).values[0])) watcher->requestStop();
  return nullptr;
}

napi_value waitingMs(napi_env env, napi_callback_info info) {
  const auto* watcher = handleOf<Watcher>(env, Arguments(env, info).values[0]);
  return watcher ? toNumber(env, static_cast<uint32_t>(watcher->waitingMs())) : nullptr;
}

napi_value openLink(napi_env env, napi_callback_info info) {
  char reader[MAX_READERNAME + 1];
  size_t length = 0;
  if (napi_get_value_string_utf8(env, Arguments(env, info).values[0], reader, sizeof reader, &length) != napi_ok) {
    napi_throw_type_error(env, nullptr, "a reader name is expected");
    return nullptr;
  }
  // A hung card must not hold the process: its link does not keep the event loop alive, the caller's deadline does.
  return start(env, std::make_shared<Link>(std::string(reader, length)), "pcsc-link", nullptr, settleJob, false);
}

napi_value closeLink(napi_env env, napi_callback_info info) {
  if (auto* link = handleOf<Link>(env, Arguments(env, info).values[0])) link->requestStop();
  return nullptr;
}

napi_value post(napi_env env, napi_value handle, std::unique_ptr<Job> job) {
  auto* link = handleOf<Link>(env, handle);
  if (!link) return nullptr;
  napi_value promise;
  napi_create_promise(env, &job->deferred, &promise);
  if (link->post(job.get())) {
    job.release();
  } else {
    napi_reject_deferred(env, job->deferred, toError(env, "post", SCARD_E_INVALID_HANDLE));
  }
  return promise;
}

std::unique_ptr<Job> makeJob(Job::Operation operation) {
  auto job = std::make_unique<Job>();
  job->operation = operation;
  return job;
}

template <Job::Operation operation>
napi_value run(napi_env env, napi_callback_info info) {
  return post(env, Arguments(env, info).values[0], makeJob(operation));
}

napi_value transmit(napi_env env, napi_callback_info info) {
  const Arguments in(env, info);
  napi_typedarray_type type;
  size_t length = 0;
  void* bytes = nullptr;
  if (napi_get_typedarray_info(env, in.values[1], &type, &length, &bytes, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array) {
    napi_throw_type_error(env, nullptr, "a Uint8Array is expected");
    return nullptr;
  }
  auto job = makeJob(Job::kTransmit);
  const auto* first = static_cast<const uint8_t*>(bytes);
  job->request.assign(first, first + length);  // rule 4: JS may free or change its bytes the moment this returns
  return post(env, in.values[0], std::move(job));
}

void define(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  set(env, exports, name, function);
}

}  // namespace
}  // namespace pcsc

NAPI_MODULE_INIT() {
  pcsc::define(env, exports, "watch", pcsc::watch);
  pcsc::define(env, exports, "unwatch", pcsc::unwatch);
  pcsc::define(env, exports, "waitingMs", pcsc::waitingMs);
  pcsc::define(env, exports, "openLink", pcsc::openLink);
  pcsc::define(env, exports, "closeLink", pcsc::closeLink);
  pcsc::define(env, exports, "connect", pcsc::run<pcsc::Job::kConnect>);
  pcsc::define(env, exports, "transmit", pcsc::transmit);
  pcsc::define(env, exports, "status", pcsc::run<pcsc::Job::kStatus>);
  pcsc::define(env, exports, "disconnect", pcsc::run<pcsc::Job::kDisconnect>);
  return exports;
}

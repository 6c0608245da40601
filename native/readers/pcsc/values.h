// What every part of the add-on shares: PC/SC code names and the making of JS values.
#pragma once
#define NAPI_VERSION 8
#include <node_api.h>
#include <winscard.h>

#include <string>
#include <vector>

namespace pcsc {

using Bytes = std::vector<uint8_t>;

inline const char* codeName(LONG code) {
#define CODE(name)                  \
  case static_cast<uint32_t>(name): \
    return #name;
  switch (static_cast<uint32_t>(code)) {
    CODE(SCARD_E_CANCELLED)
    CODE(SCARD_E_INSUFFICIENT_BUFFER)
    CODE(SCARD_E_INVALID_HANDLE)
    CODE(SCARD_E_INVALID_PARAMETER)
    CODE(SCARD_E_INVALID_VALUE)
    CODE(SCARD_E_NO_MEMORY)
    CODE(SCARD_E_NO_READERS_AVAILABLE)
    CODE(SCARD_E_NO_SERVICE)
    CODE(SCARD_E_NO_SMARTCARD)
    CODE(SCARD_E_NOT_TRANSACTED)
    CODE(SCARD_E_PROTO_MISMATCH)
    CODE(SCARD_E_READER_UNAVAILABLE)
    CODE(SCARD_E_SERVICE_STOPPED)
    CODE(SCARD_E_SHARING_VIOLATION)
    CODE(SCARD_E_SYSTEM_CANCELLED)
    CODE(SCARD_E_TIMEOUT)
    CODE(SCARD_E_UNKNOWN_READER)
    CODE(SCARD_F_COMM_ERROR)
    CODE(SCARD_F_INTERNAL_ERROR)
    CODE(SCARD_W_REMOVED_CARD)
    CODE(SCARD_W_RESET_CARD)
    CODE(SCARD_W_UNPOWERED_CARD)
    CODE(SCARD_W_UNRESPONSIVE_CARD)
    CODE(SCARD_W_UNSUPPORTED_CARD)
  }
#undef CODE
  return "SCARD_UNKNOWN";
}

inline napi_value toString(napi_env env, const std::string& text) {
  napi_value value;
  napi_create_string_utf8(env, text.c_str(), text.size(), &value);
  return value;
}

inline napi_value toNumber(napi_env env, uint32_t number) {
  napi_value value;
  napi_create_uint32(env, number, &value);
  return value;
}

inline napi_value toBoolean(napi_env env, bool flag) {
  napi_value value;
  napi_get_boolean(env, flag, &value);
  return value;
}

inline napi_value toBuffer(napi_env env, const Bytes& bytes) {
  napi_value value;
  void* copy;
  napi_create_buffer_copy(env, bytes.size(), bytes.data(), &copy, &value);  // rule 4
  return value;
}

inline napi_value undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}

inline void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

inline napi_value toError(napi_env env, const char* call, LONG code) {
  napi_value error;
  const std::string name = codeName(code);
  napi_create_error(env, toString(env, name), toString(env, std::string(call) + ": " + name), &error);
  set(env, error, "scard", toNumber(env, static_cast<uint32_t>(code)));
  return error;
}

inline napi_value toState(napi_env env, DWORD state) {
  napi_value object;
  napi_create_object(env, &object);
  set(env, object, "present", toBoolean(env, state & SCARD_STATE_PRESENT));
  set(env, object, "mute", toBoolean(env, state & SCARD_STATE_MUTE));
  set(env, object, "unavailable", toBoolean(env, state & (SCARD_STATE_UNAVAILABLE | SCARD_STATE_UNKNOWN)));
  set(env, object, "count", toNumber(env, (state >> 16) & 0xffff));  // rule 9
  return object;
}

}  // namespace pcsc

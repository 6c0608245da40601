/*
 * Test only. A pcscd reader driver that forwards to vpcd, has one slot where vpcd has two, and adds the faults vpcd never
 * has. For a driver file D: D.vpcd is the driver behind it, D.unplug (if it exists) takes the reader away, D.mute makes a
 * card fail at power-up.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ifdhandler.h>
#include <stdio.h>
#include <unistd.h>

static const char *beside(const char *suffix) {
  static __thread char path[4096];
  Dl_info self;
  dladdr((void *)beside, &self);
  snprintf(path, sizeof path, "%s.%s", self.dli_fname, suffix);
  return path;
}

static int has_fault(const char *name) { return access(beside(name), F_OK) == 0; }

static void *real(const char *name) {
  static void *driver;
  if (!driver) driver = dlopen(beside("vpcd"), RTLD_NOW | RTLD_LOCAL);
  return driver ? dlsym(driver, name) : NULL;
}

#define FORWARD(name, parameters, arguments)              \
  RESPONSECODE name parameters {                          \
    RESPONSECODE(*function) parameters = real(#name);     \
    return function ? function arguments : IFD_ERROR_NOT_SUPPORTED; \
  }

#define FORWARD_UNLESS(fault, answer, name, parameters, arguments) \
  RESPONSECODE name parameters {                                   \
    RESPONSECODE(*function) parameters = real(#name);              \
    if (has_fault(fault)) return answer;                           \
    return function ? function arguments : IFD_ERROR_NOT_SUPPORTED; \
  }

FORWARD_UNLESS("unplug", IFD_NO_SUCH_DEVICE, IFDHCreateChannelByName, (DWORD lun, LPSTR name), (lun, name))
FORWARD(IFDHCreateChannel, (DWORD lun, DWORD channel), (lun, channel))
FORWARD(IFDHCloseChannel, (DWORD lun), (lun))
FORWARD(IFDHSetCapabilities, (DWORD lun, DWORD tag, DWORD length, PUCHAR value), (lun, tag, length, value))
FORWARD(IFDHSetProtocolParameters, (DWORD lun, DWORD protocol, UCHAR flags, UCHAR pts1, UCHAR pts2, UCHAR pts3),
        (lun, protocol, flags, pts1, pts2, pts3))
FORWARD(IFDHTransmitToICC,
        (DWORD lun, SCARD_IO_HEADER send, PUCHAR tx, DWORD txLength, PUCHAR rx, PDWORD rxLength, PSCARD_IO_HEADER receive),
        (lun, send, tx, txLength, rx, rxLength, receive))
FORWARD(IFDHControl,
        (DWORD lun, DWORD code, PUCHAR tx, DWORD txLength, PUCHAR rx, DWORD rxLength, LPDWORD returned),
        (lun, code, tx, txLength, rx, rxLength, returned))
FORWARD_UNLESS("unplug", IFD_NO_SUCH_DEVICE, IFDHICCPresence, (DWORD lun), (lun))

RESPONSECODE IFDHPowerICC(DWORD lun, DWORD action, PUCHAR atr, PDWORD length) {
  RESPONSECODE (*function)(DWORD, DWORD, PUCHAR, PDWORD) = real("IFDHPowerICC");
  if (!function) return IFD_ERROR_NOT_SUPPORTED;
  if (action == IFD_POWER_DOWN || !has_fault("mute")) return function(lun, action, atr, length);
  *length = 0;
  return IFD_ERROR_POWER_ACTION;
}

RESPONSECODE IFDHGetCapabilities(DWORD lun, DWORD tag, PDWORD length, PUCHAR value) {
  RESPONSECODE (*function)(DWORD, DWORD, PDWORD, PUCHAR) = real("IFDHGetCapabilities");
  if (!function) return IFD_ERROR_NOT_SUPPORTED;
  if (tag != TAG_IFD_SLOTS_NUMBER) return function(lun, tag, length, value);
  *length = 1;
  *value = 1;
  return IFD_SUCCESS;
}

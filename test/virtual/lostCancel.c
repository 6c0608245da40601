/* Test only. LD_PRELOAD for a PC/SC client: every cancel is lost, as it can be when it races the wait that it should end. */
#include <winscard.h>

LONG SCardCancel(SCARDCONTEXT context) {
  (void)context;
  return SCARD_S_SUCCESS;
}

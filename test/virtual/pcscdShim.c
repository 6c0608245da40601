/*
 * Test only. LD_PRELOAD for pcscd with the vpcd driver:
 *   1. the card-presence poll of 400 ms becomes PCSCD_POLL_MS (vpcd cannot wake pcscd as a USB reader's interrupt does);
 *   2. TCP_NODELAY on the card's socket: vpcd sends length and body apart, and Nagle with delayed ACK adds 44 ms to each;
 *   3. readers listen on the loopback only, where vpcd would listen on every address.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static const long stock_poll_ns = 400 * 1000000L;

static long poll_ms(void) {
  const char *text = getenv("PCSCD_POLL_MS");
  return text ? atol(text) : 400;
}

int nanosleep(const struct timespec *wanted, struct timespec *rest) {
  int (*real)(const struct timespec *, struct timespec *) = dlsym(RTLD_NEXT, "nanosleep");
  if (wanted->tv_sec != 0 || wanted->tv_nsec != stock_poll_ns) return real(wanted, rest);
  const long ms = poll_ms();
  const struct timespec faster = {ms / 1000, (ms % 1000) * 1000000L};
  return real(&faster, rest);
}

int accept(int listener, struct sockaddr *address, socklen_t *length) {
  int (*real)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "accept");
  const int one = 1;
  const int card = real(listener, address, length);
  if (card >= 0) setsockopt(card, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return card;
}

int bind(int socket, const struct sockaddr *address, socklen_t length) {
  int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
  if (address->sa_family != AF_INET) return real(socket, address, length);
  struct sockaddr_in loopback = *(const struct sockaddr_in *)address;
  loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return real(socket, (const struct sockaddr *)&loopback, sizeof loopback);
}

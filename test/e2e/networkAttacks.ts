/*
 * Every way out of a page that a hostile script would try. The function is sent to the page as text: it may use nothing from
 * outside itself. Developer tools let evaluated code pass the policy, so what the policy must stop runs in a later task.
 */

/** Where an attack may arrive. */
export interface Address {
  readonly http: string;
  readonly tcp: number;
  readonly udp: number;
}

/** Every way by which a page can make the machine send something somewhere: way -> `refused…`, `silent` or `reached`. */
export async function reachOut(address: Address): Promise<Record<string, string>> {
  const { http, tcp, udp } = address;
  const outcomes: Record<string, string> = {};
  const element = (name: string, set: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const made = document.createElement(name);
      made.addEventListener('load', () => resolve('reached'));
      made.addEventListener('loadeddata', () => resolve('reached'));
      made.addEventListener('error', () => resolve('refused'));
      for (const [key, value] of Object.entries(set)) made.setAttribute(key, value);
      document.body.append(made);
      setTimeout(() => {
        made.remove();
        resolve('silent');
      }, 1_000);
    });
  const connect = async (config: RTCConfiguration): Promise<string> => {
    const peer = new RTCPeerConnection(config);
    peer.createDataChannel('out');
    const found: string[] = [];
    peer.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.candidate) found.push(candidate.candidate);
    });
    await peer.setLocalDescription(await peer.createOffer());
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    peer.close();
    return found.length === 0 ? 'silent' : `reached as far as ${found[0] ?? ''}`;
  };
  const blob = (): string => URL.createObjectURL(new Blob([`fetch(${JSON.stringify(http)})`]));
  const scriptUrl = (url: string): string => url;
  const ways: Record<string, () => Promise<string> | string> = {
    fetch: () => fetch(http).then(() => 'reached'),
    'fetch without cors': () => fetch(http, { mode: 'no-cors' }).then(() => 'reached'),
    'fetch of an own file': () => fetch(location.href).then(() => 'reached'),
    'fetch of a local file': () => fetch('file:///etc/hostname').then(() => 'reached'),
    xhr: () =>
      new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.onload = () => resolve('reached');
        request.onerror = () => resolve('refused');
        request.open('GET', http);
        request.send();
      }),
    webSocket: () =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${tcp}/`);
        socket.onopen = () => resolve('reached');
        socket.onerror = () => resolve('refused');
      }),
    eventSource: () =>
      new Promise((resolve) => {
        const source = new EventSource(http);
        source.onopen = () => resolve('reached');
        source.onerror = () => resolve('refused');
      }),
    beacon: () => {
      navigator.sendBeacon(http, 'x');
      return 'silent';
    },
    webTransport: () => new WebTransport(`https://127.0.0.1:${tcp}/`).ready.then(() => 'reached'),
    'webRtc by UDP': () => connect({ iceServers: [{ urls: `stun:127.0.0.1:${udp}` }] }),
    'webRtc by TCP': () =>
      connect({
        iceServers: [
          { urls: `turn:127.0.0.1:${tcp}?transport=tcp`, username: 'x', credential: 'x' },
        ],
      }),
    'webRtc of a frame': async () => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const inner = frame.contentWindow as unknown as typeof globalThis;
      const peer = new inner.RTCPeerConnection({
        iceServers: [{ urls: `stun:127.0.0.1:${udp}` }],
      });
      peer.createDataChannel('out');
      await peer.setLocalDescription(await peer.createOffer());
      await new Promise((resolve) => setTimeout(resolve, 800));
      frame.remove();
      return 'silent';
    },
    'fetch of a frame': () => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const inner = frame.contentWindow as unknown as typeof globalThis;
      return inner.fetch(http).then(() => 'reached');
    },
    image: () => element('img', { src: http }),
    audio: () => element('audio', { src: http }),
    video: () => element('video', { src: http, poster: http }),
    script: () => element('script', { src: http }),
    object: () => element('object', { data: http }),
    embed: () => element('embed', { src: http }),
    styleSheet: () => element('link', { rel: 'stylesheet', href: http }),
    preload: () => element('link', { rel: 'preload', as: 'image', href: http }),
    modulePreload: () => element('link', { rel: 'modulepreload', href: http }),
    prefetch: () => element('link', { rel: 'prefetch', href: http }),
    preconnect: () => element('link', { rel: 'preconnect', href: http }),
    manifest: () => element('link', { rel: 'manifest', href: http }),
    icon: () => element('link', { rel: 'icon', href: http }),
    webview: () => element('webview', { src: http }),
    portal: () => element('portal', { src: http }),
    // A frame that is refused still tells `load`: where it got to is what counts, and the landing place says that.
    frame: async () =>
      (await element('iframe', { src: http })) === 'refused' ? 'refused' : 'silent',
    ping: async () => {
      const link = document.createElement('a');
      link.href = '#x';
      link.setAttribute('ping', http);
      document.body.append(link);
      link.click();
      link.remove();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return 'silent';
    },
    form: async () => {
      const form = document.createElement('form');
      form.action = http;
      form.method = 'POST';
      document.body.append(form);
      form.submit();
      form.remove();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return 'silent';
    },
    background: async () => {
      const box = document.createElement('div');
      box.style.backgroundImage = `url("${http}")`;
      box.textContent = 'x';
      document.body.append(box);
      await new Promise((resolve) => setTimeout(resolve, 500));
      box.remove();
      return 'silent';
    },
    font: () => new FontFace('out', `url("${http}")`).load().then(() => 'reached'),
    import: () => import(/* @vite-ignore */ http).then(() => 'reached'),
    worker: () => {
      new Worker(scriptUrl(http));
      return 'reached';
    },
    'worker of a blob': () => {
      new Worker(blob());
      return 'reached';
    },
    sharedWorker: () => {
      new SharedWorker(blob());
      return 'reached';
    },
    serviceWorker: () =>
      navigator.serviceWorker
        .register(document.querySelector('script')?.src ?? 'app://wardkey/assets/x.js')
        .then(() => 'reached'),
  };
  const attempts = Object.entries(ways).map(
    ([way, attempt]) =>
      new Promise<void>((done) => {
        setTimeout(() => {
          const late = new Promise<string>((resolve) => setTimeout(() => resolve('silent'), 2_000));
          const tried = (async () => await attempt())();
          void Promise.race([tried, late])
            .catch((cause: unknown) => `refused: ${String(cause).slice(0, 80)}`)
            .then((outcome) => {
              outcomes[way] = outcome;
              done();
            });
        }, 0);
      }),
  );
  await Promise.all(attempts);
  return outcomes;
}

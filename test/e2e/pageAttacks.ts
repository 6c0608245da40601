/*
 * What a hostile script would try, run inside a page. Each function is sent to the page as text: it may use nothing from
 * outside itself. Developer tools let evaluated code pass the policy, so what the policy must stop runs in a later task.
 */

/** What the page can see of the world outside. */
export function lookRound() {
  const scope = window as unknown as Record<string, unknown> & {
    wardkey: { call: Record<string, unknown>; on: Record<string, unknown> };
  };
  const bridge = scope.wardkey;
  const names = ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', 'electron'];
  const before = bridge.call[Object.keys(bridge.call)[0] ?? ''];
  for (const replace of [
    () => (scope.wardkey = { call: {}, on: {} }),
    () => (bridge.call[Object.keys(bridge.call)[0] ?? ''] = () => 'false'),
    () => delete (scope as Record<string, unknown>)['wardkey'],
  ]) {
    try {
      replace();
    } catch {
      // Refused aloud; whether it was refused is looked at below.
    }
  }
  return {
    leaked: names.filter((name) => name in scope),
    bridge: Object.keys(scope.wardkey).sort(),
    calls: Object.keys(scope.wardkey.call),
    topics: Object.keys(scope.wardkey.on),
    webgl: document.createElement('canvas').getContext('webgl') !== null,
    canBeReplaced:
      scope.wardkey !== bridge || bridge.call[Object.keys(bridge.call)[0] ?? ''] !== before,
  };
}

/** Every way to make a program or markup out of text: way -> `refused` or `ran`. */
export async function runText(): Promise<Record<string, string>> {
  const scope = window as unknown as Record<string, unknown>;
  const mark = (way: string): string => `window[${JSON.stringify(`ran ${way}`)}] = true`;
  const markup = (way: string): string =>
    `<img src="data:," onerror='${mark(way)}'><b id="${way}">x</b>`;
  const attach = (name: string, set: (made: HTMLElement) => void): void => {
    const made = document.createElement(name);
    document.body.append(made);
    set(made);
    made.click();
  };
  const ways: Record<string, (way: string) => unknown> = {
    eval: (way) => void (0, eval)(mark(way)),
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the attack itself
    function: (way) => (new Function(mark(way)) as () => void)(),
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the attack itself
    timer: (way) => setTimeout(mark(way), 0),
    innerHtml: (way) => attach('div', (made) => (made.innerHTML = markup(way))),
    outerHtml: (way) => attach('div', (made) => (made.outerHTML = markup(way))),
    insertHtml: (way) => attach('div', (made) => made.insertAdjacentHTML('beforeend', markup(way))),
    fragment: (way) =>
      document.body.append(document.createRange().createContextualFragment(markup(way))),
    parser: (way) => {
      const parsed = new DOMParser().parseFromString(markup(way), 'text/html');
      scope[`ran ${way}`] = parsed.body.childElementCount > 0;
    },
    srcDoc: (way) =>
      attach(
        'iframe',
        (made) => ((made as HTMLIFrameElement).srcdoc = `<script>parent.${mark(way)}</script>`),
      ),
    script: (way) => attach('script', (made) => (made.textContent = mark(way))),
    scriptNode: (way) => {
      const made = document.createElement('script');
      made.append(document.createTextNode(mark(way)));
      document.body.append(made);
    },
    handler: (way) => attach('button', (made) => made.setAttribute('onclick', mark(way))),
    link: (way) => attach('a', (made) => made.setAttribute('href', `javascript:${mark(way)}`)),
    import: (way) => import(/* @vite-ignore */ `data:text/javascript,${mark(way)}`),
    wasm: (way) => {
      new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
      scope[`ran ${way}`] = true;
    },
    policy: (way) => {
      const factory = (
        scope as { trustedTypes?: { createPolicy(name: string, rules: object): unknown } }
      ).trustedTypes;
      factory?.createPolicy(way, { createHTML: (text: string) => text });
      scope[`ran ${way}`] = true;
    },
    base: (way) => {
      const base = document.createElement('base');
      base.href = 'https://elsewhere.example/';
      document.head.append(base);
      scope[`ran ${way}`] = document.baseURI.includes('elsewhere');
      base.remove();
    },
    style: (way) => {
      const style = document.createElement('style');
      style.textContent = 'html { --ran-style: 1 }';
      document.head.append(style);
      const value = getComputedStyle(document.documentElement).getPropertyValue('--ran-style');
      scope[`ran ${way}`] = value !== '';
      style.remove();
    },
  };
  await new Promise<void>((resolve) => {
    setTimeout(() => {
      for (const [way, run] of Object.entries(ways)) {
        try {
          void Promise.resolve(run(way)).catch(() => undefined);
        } catch {
          // Refused aloud.
        }
      }
      setTimeout(resolve, 500);
    }, 0);
  });
  return Object.fromEntries(
    Object.keys(ways).map((way) => [
      way,
      scope[`ran ${way}`] === true || document.getElementById(way) !== null ? 'ran' : 'refused',
    ]),
  );
}

/** Opens a window; answers whether one came. */
export async function openWindow(url: string): Promise<boolean> {
  return await new Promise((resolve) => {
    setTimeout(() => resolve(window.open(url) !== null), 0);
  });
}

/** Leaves for another address by script. */
export function navigate(url: string): boolean {
  setTimeout(() => (location.href = url), 0);
  return false;
}

/** Leaves for another of the app's own pages, where other calls are allowed. */
export function navigateToOtherRole(): boolean {
  const other = location.pathname.includes('system') ? 'workspace' : 'system';
  setTimeout(() => (location.href = `app://wardkey/${other}.html`), 0);
  return false;
}

/** Leaves by a link. */
export function followLink(url: string): boolean {
  const link = document.createElement('a');
  link.href = url;
  document.body.append(link);
  link.click();
  link.remove();
  return false;
}

/** Saves a file of the page's own making. */
export function download(): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(['chart']));
  link.download = 'chart.txt';
  document.body.append(link);
  link.click();
  link.remove();
}

/** Every permission and device a page can ask for: name -> `refused`, `absent` or `granted`. */
export async function askPermissions(): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  const names = [
    ...['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read'],
    ...['clipboard-write', 'persistent-storage', 'idle-detection', 'screen-wake-lock'],
    ...['window-management', 'local-fonts', 'background-sync', 'accelerometer'],
  ];
  for (const name of names)
    outcomes[`query ${name}`] = await navigator.permissions
      .query({ name: name as PermissionName })
      .then(({ state }) => (state === 'granted' ? 'granted' : 'refused'))
      .catch(() => 'refused');
  type Asked = () => Promise<unknown>;
  const scope = navigator as unknown as Record<string, Record<string, Asked>>;
  const asks: Record<string, () => Promise<unknown>> = {
    camera: () => navigator.mediaDevices.getUserMedia({ video: true }),
    microphone: () => navigator.mediaDevices.getUserMedia({ audio: true }),
    screen: () => navigator.mediaDevices.getDisplayMedia(),
    geolocation: () =>
      new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject)),
    notification: async () => {
      if ((await Notification.requestPermission()) !== 'granted') throw new Error('refused');
    },
    clipboardRead: () => navigator.clipboard.readText(),
    clipboardWrite: () => navigator.clipboard.writeText('chart'),
    midi: () => navigator.requestMIDIAccess({ sysex: true }),
    usb: async () => await scope['usb']?.['requestDevice']?.(),
    hid: async () => {
      const devices = await (
        scope['hid'] as unknown as { requestDevice(o: object): Promise<unknown[]> }
      ).requestDevice({ filters: [] });
      if (devices.length === 0) throw new Error('refused');
    },
    serial: async () => await scope['serial']?.['requestPort']?.(),
    bluetooth: async () => {
      if (!('bluetooth' in navigator)) throw new Error('absent');
      await (
        scope['bluetooth'] as unknown as { requestDevice(o: object): Promise<unknown> }
      ).requestDevice({ acceptAllDevices: true });
    },
    fullscreen: async () => {
      // A refusal is never told to the page: what counts is what came of it.
      void document.documentElement.requestFullscreen().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
      if (document.fullscreenElement === null) throw new Error('refused');
    },
    pointerLock: async () => {
      void document.body.requestPointerLock();
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (document.pointerLockElement === null) throw new Error('refused');
    },
    files: () =>
      (window as unknown as { showOpenFilePicker(): Promise<unknown> }).showOpenFilePicker(),
  };
  for (const [name, ask] of Object.entries(asks)) {
    const late = new Promise<string>((resolve) => setTimeout(() => resolve('pending'), 1_500));
    outcomes[name] = await Promise.race([
      ask().then(
        () => 'granted',
        () => 'refused',
      ),
      late,
    ]);
  }
  return outcomes;
}

/** Puts a text into every store that a browser has. */
export async function storeEverywhere(text: string): Promise<string[]> {
  const kept: string[] = [];
  const attempt = async (name: string, keep: () => unknown): Promise<void> => {
    try {
      await keep();
      kept.push(name);
    } catch {
      // A store that is refused keeps nothing.
    }
  };
  await attempt('localStorage', () => localStorage.setItem('x', text.repeat(50)));
  await attempt('sessionStorage', () => sessionStorage.setItem('x', text.repeat(50)));
  await attempt('cookie', () => (document.cookie = `x=${text}; max-age=99999`));
  await attempt('history', () => history.replaceState({ text }, ''));
  await attempt('caches', async () => {
    const cache = await caches.open('x');
    await cache.put('app://wardkey/x', new Response(text.repeat(50)));
  });
  await attempt(
    'indexedDb',
    () =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('x', 1);
        opening.onerror = () => reject(new Error('refused'));
        opening.onupgradeneeded = () => opening.result.createObjectStore('x');
        opening.onsuccess = () => {
          const writing = opening.result.transaction('x', 'readwrite');
          writing.objectStore('x').put(text.repeat(50), 'x');
          writing.oncomplete = () => resolve();
        };
      }),
  );
  await attempt('fileSystem', async () => {
    const folder = await navigator.storage.getDirectory();
    const file = await folder.getFileHandle('x', { create: true });
    const writer = await file.createWritable();
    await writer.write(text.repeat(50));
    await writer.close();
  });
  return kept;
}

import dgram from 'node:dgram';
import net from 'node:net';

/** Where attacks would arrive: a TCP and a UDP port of this machine that note every visit. */
export interface LandingPlace {
  readonly address: { readonly http: string; readonly tcp: number; readonly udp: number };
  /** What arrived since `provesToListen`. */
  visits(): string[];
  /** Visits itself by both ways, so that an empty list of visits means something, and forgets them. */
  provesToListen(): Promise<void>;
  close(): Promise<void>;
}

export async function openLandingPlace(): Promise<LandingPlace> {
  let visits: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    visits.push('tcp');
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\naccess-control-allow-origin: *\r\n\r\n');
  });
  const listener = dgram.createSocket('udp4', () => visits.push('udp'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => listener.bind(0, '127.0.0.1', resolve));
  const tcp = (server.address() as net.AddressInfo).port;
  const udp = listener.address().port;
  return {
    address: { http: `http://127.0.0.1:${tcp}/`, tcp, udp },
    visits: () => visits,
    provesToListen: async () => {
      visits = [];
      await fetch(`http://127.0.0.1:${tcp}/`);
      listener.send('here', udp, '127.0.0.1');
      for (let tries = 0; visits.length < 2 && tries < 100; tries++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      if (new Set(visits).size < 2) throw new Error('the landing place does not listen');
      visits = [];
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

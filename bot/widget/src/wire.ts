// How Engine.IO 4 packets travel: over one WebSocket, or over long polling where a proxy forbids WebSocket.

export interface Wire {
  send(packet: string): void;
  close(): void;
}

type Make = (address: URL, receive: (packet: string) => void, closed: () => void) => Wire;

const SEPARATOR = "\x1e"; // between the packets of one polling request or answer
const POLL_LIMIT = 60_000; // ms: longer than the server ever holds a poll

export const overWebSocket: Make = (address, receive, closed) => {
  const url = new URL(address);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("transport", "websocket");
  const socket = new WebSocket(url);
  socket.onmessage = (event) => receive(String(event.data));
  socket.onclose = closed;
  return {
    send: (packet) => socket.send(packet),
    close: () => socket.close(),
  };
};

export const overPolling: Make = (address, receive, closed) => {
  const url = new URL(address);
  url.searchParams.set("transport", "polling");
  const stop = new AbortController();
  const queue: string[] = [];
  let sending = false;

  const end = () => {
    if (stop.signal.aborted) return;
    stop.abort();
    closed();
  };
  const request = async (body?: string): Promise<string> => {
    const timer = setTimeout(end, POLL_LIMIT);
    try {
      const init: RequestInit = { signal: stop.signal, cache: "no-store", referrerPolicy: "no-referrer" };
      if (body !== undefined) Object.assign(init, { method: "POST", body, headers: { "Content-Type": "text/plain;charset=UTF-8" } });
      const answer = await fetch(url, init);
      if (!answer.ok) throw new Error(String(answer.status));
      return await answer.text();
    } finally {
      clearTimeout(timer);
    }
  };
  const poll = async () => {
    while (!stop.signal.aborted) {
      for (const packet of (await request()).split(SEPARATOR)) {
        if (packet[0] === "0") url.searchParams.set("sid", (JSON.parse(packet.slice(1)) as { sid: string }).sid);
        receive(packet);
      }
    }
  };
  const flush = async () => {
    if (sending) return;
    sending = true;
    while (queue.length) await request(queue.splice(0).join(SEPARATOR));
    sending = false;
  };

  poll().catch(end);
  return {
    send: (packet) => {
      queue.push(packet);
      flush().catch(end);
    },
    close: end,
  };
};

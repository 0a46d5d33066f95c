// Requests over a few connections that are kept.
import http from 'node:http';

export class Client {
  #agent;
  #origin;
  connections = 0;

  constructor(origin, parallel) {
    this.#origin = new URL(origin);
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: parallel });
  }

  /** Throws where no whole answer comes. */
  async send(request) {
    for (;;) {
      try {
        return await this.#once(request);
      } catch (error) {
        // The server may close a connection just when it is used again: node:http says that this is the client's to repeat.
        if (!(error.isReused && error.code === 'ECONNRESET')) throw error;
      }
    }
  }

  #once({ method, path, headers, body }) {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#origin;
      const sent = http.request({ hostname, port, method, path, agent: this.#agent, timeout: 30_000 }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
      });
      for (const [name, value] of headers) sent.appendHeader(name, value);
      if (body !== undefined) sent.setHeader('Content-Length', body.length);
      sent.on('socket', (socket) => {
        if (!sent.reusedSocket && socket.connecting) ++this.connections;
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer within 30 s')));
      sent.on('error', (error) => reject(Object.assign(error, { isReused: sent.reusedSocket })));
      sent.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}

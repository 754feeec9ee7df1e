/** All connections of the door: they come in, are heard, get what is for everyone, and leave. */
import { GatewayError, toGatewayError } from '@openclaw-gateway/events';
import type { RawData, WebSocket } from 'ws';
import { isLoopback } from '../access/addresses.ts';
import { clientOf } from '../access/client.ts';
import type { Reach } from '../access/permissions.ts';
import { networkOf } from '../floods/index.ts';
import type { Holder } from '../operations/memory.ts';
import type { Parts, Progress } from '../parts.ts';
import { askerOf, FOLLOWS_CHATS, recorded, recordRefusal } from './audit.ts';
import { admitMember, methodsOf, reachByMethod, requireListing, stillStands } from './authorise.ts';
import { ChatFeed } from './chat-feed.ts';
import { connectParams } from './connect-params.ts';
import { Connection, type Member } from './connection.ts';
import type { Challenge } from './device.ts';
import { missingScope, toErrorShape } from './errors.ts';
import { type EventText, errorText, eventText, explainIssues, parseFrame, type RequestFrame, responseText, unnumbered } from './frames.ts';
import { admitClient, type Upgrade } from './handshake.ts';
import { hello } from './hello.ts';
import { MAX_OPEN_REQUESTS, MAX_PREAUTH_BYTES, SHORT, type Timing } from './limits.ts';
import { METHODS } from './methods/index.ts';
import type { Method } from './methods/method.ts';
import { RunIndex } from './runs.ts';
import { holdsScope } from './scopes.ts';
import { SessionFeed } from './session-feed.ts';

const RETRY_AFTER_MS = 100;
const NO_LONGER = 'unauthorized: the credentials no longer hold';
const OVERLOADED = 'overloaded: the gateway is short of memory';

export class Door {
  readonly #parts: Parts;
  readonly #timing: Timing;
  readonly #connections = new Set<Connection>();
  readonly #readers = new Set<Connection>();
  readonly #strangers = new Map<string, number>();
  readonly #runs: RunIndex;
  readonly #chat: ChatFeed;
  readonly #sessions: SessionFeed;
  readonly #unfollow: () => void;
  readonly #ticking: NodeJS.Timeout;
  #pinging: NodeJS.Timeout;
  #presenceVersion = 0;
  #stopped: Promise<void> | undefined;

  constructor(parts: Parts, timing: Timing) {
    requireListing();
    this.#parts = parts;
    this.#timing = timing;
    this.#runs = new RunIndex(parts.store.pipeline);
    this.#chat = new ChatFeed(this.#readers, this.#runs);
    this.#sessions = new SessionFeed(this.#readers, parts.store);
    this.#unfollow = parts.pipeline.followAll(
      (progress) => this.#onProgress(progress),
      () => this.#readers.size > 0,
    );
    this.#ticking = setInterval(() => this.#toMembers(eventText('tick', { ts: Date.now() })), timing.tickMs);
    this.#pinging = this.#schedulePing();
    parts.memory.holds(() => [this.#held()]);
    parts.memory.onPressure(() => this.#relieve());
  }

  get size(): number {
    return this.#connections.size;
  }

  /** How many sockets of an address have not said hello yet. */
  strangersFrom(network: string | undefined): number {
    return network === undefined ? 0 : (this.#strangers.get(network) ?? 0);
  }

  /** Takes over a socket whose upgrade has just succeeded. */
  accept(socket: WebSocket, upgrade: Upgrade): void {
    // It came while the others were being closed.
    if (this.#stopped) {
      socket.close(1012, 'gateway stopping');
      return;
    }
    const peer = upgrade.request.socket;
    const connection = new Connection(socket, {
      closeMs: this.#timing.closeMs,
      isLocal: isLoopback(upgrade.credential.socket?.remoteAddress) && clientOf(upgrade.request)?.relayed !== true,
      receivedBytes: () => peer.bytesRead,
    });
    const challenge = { nonce: crypto.randomUUID(), ts: Date.now() };
    this.#connections.add(connection);
    const handshake = this.#guardHandshake(connection, upgrade);
    const hear = (frame: RequestFrame) =>
      connection.member
        ? this.#call(connection, connection.member, frame)
        : this.#connect(connection, frame, challenge, upgrade, handshake);
    socket.on('message', (data, isBinary) => this.#onFrame(connection, data, isBinary, hear));
    socket.on('pong', () => {
      connection.lastSeenAt = Date.now();
      connection.count();
    });
    socket.on('ping', () => connection.count());
    socket.once('close', (code) => {
      handshake.finish();
      this.#connections.delete(connection);
      this.#readers.delete(connection);
      if (connection.member) this.#presenceVersion += 1;
      this.#parts.logger.debug({ connectionId: connection.id, code }, 'websocket client left');
    });
    connection.send(unnumbered(eventText('connect.challenge', challenge)));
  }

  /** Tells everyone that the gateway goes, and resolves when all sockets are closed. */
  stop(reason: string, restartExpectedMs?: number): Promise<void> {
    this.#stopped ??= this.#stop(reason, restartExpectedMs);
    return this.#stopped;
  }

  async #stop(reason: string, restartExpectedMs: number | undefined): Promise<void> {
    clearInterval(this.#ticking);
    clearTimeout(this.#pinging);
    this.#unfollow();
    this.#toMembers(eventText('shutdown', { reason, ...(restartExpectedMs === undefined ? {} : { restartExpectedMs }) }));
    const closed = [...this.#connections].map(
      ({ signal }) =>
        new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }))),
    );
    for (const connection of this.#connections) connection.close(1012, 'service restart');
    await Promise.all(closed);
  }

  /** Whoever has not said hello may send little, and not for long. */
  #guardHandshake(connection: Connection, { request: { socket }, credential }: Upgrade): { finish(): void } {
    const network = networkOf(credential.socket?.remoteAddress) ?? 'unknown';
    this.#strangers.set(network, this.strangersFrom(network) + 1);
    let isStranger = true;
    const noStranger = () => {
      if (!isStranger) return;
      isStranger = false;
      const left = this.strangersFrom(network) - 1;
      if (left > 0) this.#strangers.set(network, left);
      else this.#strangers.delete(network);
    };
    let bytes = 0;
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_PREAUTH_BYTES) connection.close(1009, 'too large before connect');
    };
    socket.on('data', count);
    const timer = setTimeout(() => connection.close(1008, 'connect timeout'), this.#timing.handshakeMs);
    return {
      finish() {
        noStranger();
        socket.off('data', count);
        clearTimeout(timer);
      },
    };
  }

  #onFrame(connection: Connection, data: RawData, isBinary: boolean, hear: (frame: RequestFrame) => Promise<void>): void {
    connection.heard();
    connection.count();
    // Whoever was told to go is not served while he goes.
    if (!connection.hears) return;
    if (isBinary) {
      connection.close(1003, 'text frames only');
      return;
    }
    if (byteLength(data) > SHORT.frameBytes && this.#parts.memory.refusal('message')) {
      connection.turnAway(OVERLOADED);
      return;
    }
    const parsed = parseFrame(data.toString());
    if (parsed.kind === 'request') {
      connection.forgive();
      void hear(parsed.frame);
    } else if (parsed.kind === 'invalid') {
      const error = new GatewayError('BAD_REQUEST', { message: `invalid request frame: ${parsed.problem}` });
      connection.send(errorText(parsed.id, toErrorShape(error)));
      if (connection.member) connection.strike();
      else connection.close(1008, 'invalid request frame');
    }
  }

  async #connect(
    connection: Connection,
    frame: RequestFrame,
    challenge: Challenge,
    upgrade: Upgrade,
    handshake: { finish(): void },
  ): Promise<void> {
    const refuse = (error: GatewayError, closeReason: string) => {
      connection.send(errorText(frame.id, toErrorShape(error)));
      connection.close(1008, closeReason);
    };
    if (frame.method !== 'connect' || connection.open.size > 0) {
      return refuse(new GatewayError('BAD_REQUEST', { message: 'the first request must be connect' }), 'connect first');
    }
    connection.open.add(frame.id);
    const params = connectParams.safeParse(frame.params);
    if (!params.success) {
      return refuse(
        new GatewayError('BAD_REQUEST', { message: `invalid connect params: ${explainIssues(params.error, frame.params)}` }),
        'invalid connect params',
      );
    }
    try {
      const admission = await admitClient(this.#parts, params.data, upgrade, challenge);
      if ('refusal' in admission) {
        const { error, closeCode, closeReason } = admission.refusal;
        connection.send(errorText(frame.id, error));
        return connection.close(closeCode, closeReason);
      }
      if (holdsScope(admission.member.scopes, 'operator.read')) this.#parts.audit.look(askerOf(admission.member), FOLLOWS_CHATS);
      handshake.finish();
      this.#welcome(connection, admitMember(this.#parts, admission.member), frame.id);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      if (error.code !== 'FORBIDDEN') {
        this.#parts.logger.error({ err: thrown, connectionId: connection.id }, 'a websocket client could not connect');
      }
      refuse(error, error.message);
    } finally {
      connection.open.delete(frame.id);
    }
  }

  #welcome(connection: Connection, member: Member, requestId: string): void {
    if (connection.signal.aborted) return;
    connection.member = member;
    this.#presenceVersion += 1;
    const payload = hello({
      parts: this.#parts,
      connection,
      member,
      others: this.#connections,
      methods: methodsOf(member),
      tickIntervalMs: this.#timing.tickMs,
      presenceVersion: this.#presenceVersion,
    });
    connection.send(responseText(requestId, payload));
    const forget = this.#parts.access.onRevoked(member.caller, () => connection.endAsRevoked(NO_LONGER));
    connection.signal.addEventListener('abort', forget, { once: true });
    // It may have ended while the handshake went on.
    void this.#reidentify(connection);
    if (connection.holds('operator.read')) this.#readers.add(connection);
    const { id, mode } = member.client;
    this.#parts.logger.debug({ connectionId: connection.id, client: id, mode, method: member.caller.method }, 'websocket client connected');
  }

  async #call(connection: Connection, member: Member, frame: RequestFrame): Promise<void> {
    const { id } = frame;
    const method = METHODS.get(frame.method);
    const refusal = this.#refusal(connection, frame, method);
    if (refusal || !method) return connection.send(errorText(id, toErrorShape(refusal ?? new GatewayError('METHOD_UNKNOWN'))));
    if (!connection.holds(method.scope)) {
      const shape = missingScope(method.scope);
      recordRefusal(this.#parts, member, method, method.scope, new GatewayError('FORBIDDEN', { message: shape.message }));
      return connection.send(errorText(id, shape));
    }
    const reach = this.#reach(connection, member, frame);
    if (reach === undefined) return;
    const params = method.params.safeParse(frame.params ?? {});
    if (!params.success) {
      const message = `invalid ${method.name} params: ${explainIssues(params.error, frame.params ?? {})}`;
      return connection.send(errorText(id, toErrorShape(new GatewayError('BAD_REQUEST', { message }))));
    }
    connection.open.add(id);
    try {
      const respond = (payload: object) => connection.send(responseText(id, payload));
      const context = { parts: this.#parts, runs: this.#runs, connection, member, reach, respond };
      respond(await recorded(this.#parts, member, method, params.data, () => method.run(params.data as never, context)));
    } catch (thrown) {
      this.#fail(connection, frame, thrown);
    } finally {
      connection.open.delete(id);
    }
  }

  /** Whose conversations the member reaches by the method; where it may not call it, that is answered. */
  #reach(connection: Connection, member: Member, frame: RequestFrame): Reach | undefined {
    try {
      return reachByMethod(this.#parts, member, frame.method);
    } catch (thrown) {
      this.#fail(connection, frame, thrown);
      return undefined;
    }
  }

  #refusal(connection: Connection, frame: RequestFrame, method: Method | undefined): GatewayError | undefined {
    if (!method) {
      const message = frame.method === 'connect' ? 'this connection has said hello already' : `unknown method: ${frame.method}`;
      return new GatewayError('METHOD_UNKNOWN', { message });
    }
    const overloaded = connection.isLocal ? undefined : this.#parts.memory.refusal('request');
    if (overloaded) return overloaded;
    if (connection.open.has(frame.id)) return new GatewayError('BAD_REQUEST', { message: 'a request with this id is still open' });
    if (connection.open.size < MAX_OPEN_REQUESTS) return undefined;
    const message = `at most ${MAX_OPEN_REQUESTS} requests may be open on a connection`;
    return new GatewayError('OVERLOADED', { message, details: { retryAfterMs: RETRY_AFTER_MS } });
  }

  #fail(connection: Connection, frame: RequestFrame, thrown: unknown): void {
    if (connection.signal.aborted) return;
    const error = toGatewayError(thrown);
    if (error.code === 'INTERNAL') {
      this.#parts.logger.error({ err: thrown, connectionId: connection.id, method: frame.method }, 'a websocket request failed');
    }
    connection.send(errorText(frame.id, toErrorShape(error)));
  }

  #held(): Holder {
    let bytes = 0;
    for (const { arrivingBytes, bufferedBytes } of this.#connections) bytes += arrivingBytes + bufferedBytes;
    return { name: 'WebSocket clients', count: this.#connections.size, bytes };
  }

  /** Cuts off who sends a large frame, or does not read, while no message is taken anyway. */
  #relieve(): void {
    if (!this.#parts.memory.refusal('message')) return;
    for (const connection of this.#connections) {
      const { arrivingBytes, bufferedBytes } = connection;
      if (arrivingBytes > SHORT.frameBytes || bufferedBytes > SHORT.bufferedBytes) connection.turnAway(OVERLOADED);
    }
  }

  #onProgress(progress: Progress): void {
    this.#chat.take(progress);
    this.#sessions.take(progress);
  }

  #toMembers(event: EventText): void {
    for (const connection of this.#connections) if (connection.member) connection.sendEvent(event);
  }

  /** A token that was rotated, a login that ended, and other rights than those it began with, end a connection. */
  async #reidentify(connection: Connection): Promise<void> {
    if (!connection.member) return;
    try {
      const { credential, deviceId } = connection.member;
      const caller = await this.#parts.access.identify(credential, deviceId);
      if (caller instanceof GatewayError || !stillStands(this.#parts, connection.member, caller)) connection.close(1008, NO_LONGER);
    } catch (error) {
      this.#parts.logger.warn(
        { err: error, connectionId: connection.id },
        'the credentials of a websocket client could not be checked again',
      );
    }
  }

  /** A peer that has been silent for `webSocketTimeout`, pings unanswered, is gone. */
  #schedulePing(): NodeJS.Timeout {
    const silenceMs = this.#parts.config.current().config.gateway.network.connections.webSocketTimeout;
    return setTimeout(
      () => {
        const nowMs = Date.now();
        for (const connection of this.#connections) {
          if (nowMs - connection.lastSeenAt > silenceMs) {
            connection.terminate();
            continue;
          }
          connection.ping();
          void this.#reidentify(connection);
        }
        this.#pinging = this.#schedulePing();
      },
      Math.min(this.#timing.pingMs, silenceMs / 3),
    );
  }
}

function byteLength(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, { length }) => sum + length, 0) : data.byteLength;
}

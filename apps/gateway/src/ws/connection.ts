/** One socket: what is sent on it, in order and bounded, and what its client has open. */
import { newId } from '@openclaw-gateway/events';
import type { WebSocket } from 'ws';
import type { AccessRequest, Caller } from '../access/index.ts';
import { ownsKey } from '../access/ownership.ts';
import type { Reach } from '../access/permissions.ts';
import { Bucket } from '../floods/bucket.ts';
import type { ClientInfo } from './connect-params.ts';
import { type EventText, numbered } from './frames.ts';
import { FRAMES, LAST_WORD_MS, MAX_BAD_FRAMES, MAX_FRAME_DEBT_MS, POLICY, REVOKED_CLOSE_MS } from './limits.ts';
import { holdsScope, type Scope } from './scopes.ts';

/** Who a connection belongs to, once it has said hello. */
export type Member = {
  readonly client: ClientInfo;
  readonly caller: Caller;
  /** What the client proved itself with, to ask again whether it still holds. */
  readonly credential: AccessRequest;
  /** The device whose token the credential is. */
  readonly deviceId?: string;
  /** What the device is told once, in hello-ok. */
  readonly deviceToken?: { readonly text: string; readonly issuedAt: number };
  readonly scopes: readonly Scope[];
  readonly caps: ReadonlySet<string>;
  /** Whose conversations it follows; nobody's when left out. */
  readonly reach?: Reach | undefined;
};

export class Connection {
  readonly id = newId('connection');
  readonly openedAt = Date.now();
  member: Member | undefined;
  lastSeenAt = Date.now();
  /** Requests without an answer, by their id. */
  readonly open = new Set<string>();
  /** Log subscriptions by their id. */
  readonly subscriptions = new Map<string, AbortController>();
  /** Whether the client is on the gateway's own machine. */
  readonly isLocal: boolean;
  /** Aborted when the socket is gone. */
  readonly signal: AbortSignal;
  readonly #ended = new AbortController();
  readonly #socket: WebSocket;
  readonly #closeMs: number;
  readonly #receivedBytes: () => number;
  readonly #frames = new Bucket(FRAMES.size);
  #resuming: NodeJS.Timeout | undefined;
  #heardBytes = 0;
  #hears = true;
  #seq = 0;
  #badFrames = 0;

  constructor(socket: WebSocket, options: { readonly closeMs: number; readonly isLocal: boolean; readonly receivedBytes: () => number }) {
    this.#socket = socket;
    this.#closeMs = options.closeMs;
    this.isLocal = options.isLocal;
    this.#receivedBytes = options.receivedBytes;
    this.signal = this.#ended.signal;
    socket.once('close', () => this.#end());
  }

  /** Whether its client is told what happens in a conversation. */
  follows(sessionKey: string): boolean {
    const { member } = this;
    return member?.reach === 'all' || (member?.reach === 'own' && ownsKey(member.caller, sessionKey));
  }

  holds(scope: Scope): boolean {
    return this.member !== undefined && holdsScope(this.member.scopes, scope);
  }

  /** A whole frame came. */
  heard(): void {
    this.lastSeenAt = Date.now();
    this.#heardBytes = this.#receivedBytes();
  }

  /** Counts a frame or a ping. What comes too fast is read later, and the sender notices by itself; far too much ends the connection. */
  count(): void {
    const debtMs = this.#frames.owe(FRAMES);
    if (debtMs > MAX_FRAME_DEBT_MS) this.close(1008, 'too many frames');
    if (debtMs === 0 || this.#resuming) return;
    this.#socket.pause();
    this.#resuming = setTimeout(() => {
      this.#resuming = undefined;
      this.#socket.resume();
    }, debtMs);
    this.#resuming.unref();
  }

  /** What came of frames that are not whole yet. */
  get arrivingBytes(): number {
    return this.#receivedBytes() - this.#heardBytes;
  }

  /** What waits for the client to read it. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Reads no more and says goodbye. */
  turnAway(reason: string): void {
    this.close(1013, reason);
    this.#socket.pause();
  }

  /** Queues a frame. A client that does not read is disconnected instead of being remembered for. */
  send(text: string): void {
    if (this.#accepts(text)) this.#socket.send(text);
  }

  /** Queues a frame and resolves when the operating system has it, or the socket is gone. */
  async sendAndFlush(text: string): Promise<void> {
    if (!this.#accepts(text)) return;
    await new Promise<void>((resolve) => this.#socket.send(text, () => resolve()));
  }

  sendEvent(event: EventText): void {
    this.send(numbered(event, this.#seq++));
  }

  async sendEventAndFlush(event: EventText): Promise<void> {
    await this.sendAndFlush(numbered(event, this.#seq++));
  }

  ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  /** Whether what comes in is still heard. */
  get hears(): boolean {
    return this.#hears && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Hears no more, answers what is open if that is quick, and says goodbye. Returns whether it was there to be ended. */
  endAsRevoked(reason: string): boolean {
    if (!this.hears) return false;
    this.#hears = false;
    const close = () => this.close(1008, reason, REVOKED_CLOSE_MS);
    if (this.open.size === 0) close();
    else setTimeout(close, LAST_WORD_MS).unref();
    return true;
  }

  /** Says goodbye; a peer that does not answer is cut off. */
  close(code: number, reason: string, patienceMs = this.#closeMs): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.close(code, shortReason(reason));
    const timer = setTimeout(() => this.terminate(), patienceMs);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** Counts a frame that could not be read. */
  strike(): void {
    this.#badFrames += 1;
    if (this.#badFrames >= MAX_BAD_FRAMES) this.close(1008, 'too many invalid frames');
  }

  forgive(): void {
    this.#badFrames = 0;
  }

  #accepts(text: string): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false;
    if (this.#socket.bufferedAmount + text.length <= POLICY.maxBufferedBytes) return true;
    this.close(1008, 'slow consumer');
    return false;
  }

  #end(): void {
    clearTimeout(this.#resuming);
    this.#ended.abort();
    for (const subscription of this.subscriptions.values()) subscription.abort();
    this.subscriptions.clear();
  }
}

/** A close reason may have 123 bytes. */
function shortReason(reason: string): string {
  const bytes = Buffer.from(reason);
  return bytes.length <= 123 ? reason : bytes.subarray(0, 120).toString('utf8').replace(/�+$/, '');
}

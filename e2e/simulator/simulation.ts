/**
 * One simulated history of the gateway: the real pipeline, channel manager and Telegram adapter on a machine whose every decision a
 * seed makes. For a number of steps anything may fail; then the faults stop, and everything that was accepted must come to its end.
 */
import type { ChainedRow } from '@openclaw-gateway/db';
import type { StoredEvent } from '@openclaw-gateway/events';
import type { Config } from '../../apps/gateway/src/config/index.ts';
import { readConfig } from '../../apps/gateway/src/config/index.ts';
import { AgentWorld, type Temper } from './agent-world.ts';
import { ChatService, installTelegram, type Network } from './chat-service.ts';
import { DiskHome } from './disk-home.ts';
import { Laws } from './laws.ts';
import type { HomeOptions, LogHome, OpenHome } from './log-home.ts';
import { Machine } from './machine.ts';
import { type Crowd, writeByHttp, writeByNative, writeByTelegram } from './people.ts';
import { type GatewayProcess, startProcess } from './process.ts';

export type SimulationOptions = {
  readonly seed: number;
  /** For how many steps there are faults. */
  readonly steps: number;
  /** Where the log lies. Default: on a simulated disk. */
  readonly openHome?: OpenHome;
  /** Hears of each step and of each event of the log. */
  readonly trace?: (line: string) => void;
  /** Gets the whole log at the end. */
  readonly onLog?: (events: readonly StoredEvent[]) => void;
};

export type SimulationResult = {
  readonly seed: number;
  /** Steps with faults and without. */
  readonly steps: number;
  /** Equal for equal histories. */
  readonly logHash: string;
  readonly events: number;
  readonly crashes: number;
  readonly violations: readonly string[];
};

const MOST_CALM_STEPS = 20_000;
const HOUR_MS = 3600 * 1000;
const MOST_RESTART_MS = 3_000;
const MOST_EXIT_MS = 50;

/** Runs one history to its end. Nothing else of this thread may use timers meanwhile. */
export async function simulate({ seed, steps, openHome = onDisk, trace, onLog }: SimulationOptions): Promise<SimulationResult> {
  const machine = new Machine(seed);
  const world = new World(machine);
  const home = await openHome(world.homeOptions);
  const uninstall = [machine.install(), installTelegram(() => world.telegram())];
  try {
    if (trace) traceInto(trace, world, machine);
    world.begin(home);
    while (machine.steps < steps && world.laws.violations.length === 0) {
      world.disturb();
      if (!(await machine.step())) break;
    }
    world.calm();
    const end = machine.steps + MOST_CALM_STEPS;
    while (!world.isDone() && machine.steps < end && world.laws.violations.length === 0 && (await machine.step())) world.tend();
    world.end(await home.rows());
  } catch (error) {
    world.laws.violated('9', `the history broke off: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await machine.finish();
    await home.close();
    for (const undo of uninstall) undo();
  }
  onLog?.(world.laws.events);
  return {
    seed,
    steps: machine.steps,
    logHash: world.laws.logHash,
    events: world.laws.events.length,
    crashes: world.crashes,
    violations: world.laws.violations,
  };
}

const onDisk: OpenHome = async (options) => new DiskHome(options);

/** How bad this history is. Each seed has faults of some kinds and none of the others, so that some meet undisturbed. */
type Weather = {
  readonly crash: number;
  readonly stop: number;
  readonly logFault: number;
  readonly lowDisk: number;
  readonly clockJump: number;
  readonly reconfigure: number;
  readonly abort: number;
};

class World {
  readonly laws: Laws;
  crashes = 0;
  readonly #machine: Machine;
  readonly #network: Network;
  readonly #temper: Temper;
  readonly #weather: Weather;
  readonly #configs: readonly Config[];
  readonly #chat: ChatService;
  readonly #agent: AgentWorld;
  #config: Config;
  #home: LogHome | undefined;
  #life = { alive: false };
  #gateway: GatewayProcess | undefined;
  #isCalm = false;
  /** The life of the process in which the operator just does so. */
  #releasing: GatewayProcess | undefined;
  #isDiskLow = false;
  #busy = 0;

  constructor(machine: Machine) {
    const { random } = machine;
    const some = (share: number): number => (random.chance(0.5) ? share * random.fraction() : 0);
    this.#machine = machine;
    this.#network = { faultiness: some(0.4) };
    this.#temper = { faultiness: some(0.4), toolShare: some(0.6), mostMs: random.pick([200, 5_000, 60_000]) };
    this.#weather = {
      crash: some(0.02),
      stop: some(0.005),
      logFault: some(0.006),
      lowDisk: some(0.02),
      clockJump: some(0.01),
      reconfigure: some(0.01),
      abort: some(0.02),
    };
    const isAlwaysHold = random.chance(0.2);
    this.#configs = Array.from({ length: 3 }, () => someConfig(random, isAlwaysHold));
    this.#config = random.pick(this.#configs);
    const queueLimit = Math.max(...this.#configs.map((config) => config.messages.queueLimit));
    this.laws = new Laws({ queueLimit, isAlwaysHold });
    this.#chat = new ChatService(machine, this.laws, this.#network);
    this.#agent = new AgentWorld(machine, this.laws, this.#temper);
  }

  telegram(): ReturnType<ChatService['api']> {
    return this.#chat.api(this.#gateway ?? { alive: false });
  }

  /** What the log's home has of this world. */
  get homeOptions(): HomeOptions {
    return { machine: this.#machine, isLow: () => this.#isDiskLow, onDurable: (events) => this.laws.durable(events) };
  }

  begin(home: LogHome): void {
    this.#home = home;
    this.#start();
    const crowd: Crowd = {
      machine: this.#machine,
      laws: this.laws,
      chat: this.#chat,
      network: this.#network,
      gateway: () => this.#gateway,
      isCalm: () => this.#isCalm,
    };
    const { random } = this.#machine;
    for (let person = 1; person <= 1 + random.below(4); person++) {
      this.#live(writeByHttp(crowd, `h${person}`, random.chance(0.3) ? 'agent:main:shared' : `agent:main:h${person}`));
    }
    for (let person = 1; person <= random.below(3); person++) this.#live(writeByNative(crowd, `n${person}`));
    for (let person = 1; person <= 1 + random.below(3); person++) this.#live(writeByTelegram(crowd, 500 + person));
  }

  /** What goes wrong between two steps. */
  disturb(): void {
    const { random } = this.#machine;
    const { crash, stop, logFault, lowDisk, clockJump, reconfigure, abort } = this.#weather;
    if (random.chance(crash)) this.#die('crash');
    if (random.chance(stop)) this.#stop();
    if (random.chance(logFault)) this.#home?.disturb();
    if (random.chance(lowDisk)) this.#isDiskLow = !this.#isDiskLow;
    if (random.chance(clockJump)) this.#machine.skewMs = (random.chance(0.1) ? 27 : 2) * HOUR_MS * (random.fraction() - 0.5) * 2;
    if (random.chance(reconfigure)) this.#reconfigure();
    if (random.chance(abort)) this.#abort();
  }

  /** The faults stop. */
  calm(): void {
    this.#isCalm = true;
    this.#network.faultiness = 0;
    this.#temper.faultiness = 0;
    this.#home?.calm();
    this.#isDiskLow = false;
  }

  /** The operator lets go on what was set aside because the process had ended so often. */
  tend(): void {
    if (!this.#gateway?.alive || this.#releasing === this.#gateway) return;
    const sessionId = this.laws.quarantinedSessions()[0];
    if (sessionId === undefined) return;
    this.#releasing = this.#gateway;
    const options = { actor: { type: 'user', id: 'operator' }, forget: false } as const;
    const done = () => {
      this.#releasing = undefined;
    };
    this.#gateway.pipeline.release(sessionId, options).then(done, done);
  }

  /** Whether everybody has heard that they were heard, and everything that was accepted has come to its end. */
  isDone(): boolean {
    return this.#busy === 0 && this.#chat.unconfirmed === 0 && this.laws.unfinished().length === 0 && this.#gateway?.alive === true;
  }

  /** `rows` are what the log holds. */
  end(rows: readonly ChainedRow[]): void {
    const undone = this.laws.unfinished();
    if (!this.isDone() && this.laws.violations.length === 0) {
      const left = [`${this.#busy} people wait`, `${this.#chat.unconfirmed} updates are unconfirmed`, ...undone];
      this.laws.violated('9', `the queue did not drain: ${left.join('; ')}`);
    }
    this.laws.ended(rows);
  }

  #live(life: Promise<void>): void {
    this.#busy += 1;
    life.then(
      () => (this.#busy -= 1),
      (error: unknown) => this.laws.violated('9', `somebody was told what nobody understands: ${String(error)}`),
    );
  }

  #start(): void {
    const life = { alive: true };
    this.#life = life;
    const { laws } = this;
    const [machine, chat, agent] = [this.#machine, this.#chat, this.#agent];
    const [config, onExit] = [() => this.#config, (why: string) => this.#die(why)];
    this.#home?.open(life, {
      opened: (log) => {
        if (life.alive) this.#gateway = startProcess({ machine, life, log, laws, chat, agent, config, onExit });
      },
      refused: ({ code }) => machine.after(machine.latency(MOST_EXIT_MS), 'exit', () => onExit(code), life),
    });
  }

  /** The process is gone at once, with everything it knew; whoever looks after it starts it again. */
  #die(_why: string): void {
    if (!this.#life.alive) return;
    this.#life.alive = false;
    this.crashes += 1;
    this.#machine.dropTimers();
    this.#chat.disconnect();
    this.#home?.lose();
    this.#machine.after(this.#machine.latency(MOST_RESTART_MS), 'start', () => this.#start());
  }

  #stop(): void {
    this.#gateway?.stop().catch((error: unknown) => this.laws.violated('9', `the stop failed: ${String(error)}`));
  }

  #reconfigure(): void {
    this.#config = this.#machine.random.pick(this.#configs);
    this.#gateway?.reconfigure();
  }

  #abort(): void {
    const open = this.laws.openSessions();
    if (open.length === 0 || !this.#gateway?.alive) return;
    const sessionId = this.#machine.random.pick(open);
    this.#gateway.pipeline.abort({ sessionId }, 'simulated').catch(() => {});
  }
}

function someConfig(random: Machine['random'], isAlwaysHold: boolean): Config {
  const delivery = isAlwaysHold ? 'hold' : 'at-least-once';
  const text = JSON.stringify({
    gateway: { sessions: { maxConcurrent: 1 + random.below(4) } },
    agents: { defaults: { model: 'simulated/one', tools: ['lookup'], maxSteps: 2 + random.below(5), timeout: random.pick(['20s', '5m']) } },
    messages: {
      queueLimit: 3 + random.below(8),
      maxTextLength: '2kb',
      retry: { maxAttempts: 1 + random.below(3), delivery: { maxAttempts: 2 + random.below(6) } },
    },
    channels: {
      telegram: { botToken: 'simulated', delivery, ...(random.chance(0.3) ? { allowFrom: ['501'] } : { dmPolicy: 'open' }) },
      native: { dmPolicy: 'open', delivery },
    },
  });
  return readConfig(text, { env: {} }).config;
}

function traceInto(trace: (line: string) => void, world: World, machine: Machine): void {
  let seen = 0;
  machine.onStep = (name) => {
    for (const event of world.laws.events.slice(seen)) {
      trace(`        ${event.position} ${event.streamId.slice(0, 16)} ${event.type} ${JSON.stringify(event.data).slice(0, 150)}`);
    }
    seen = world.laws.events.length;
    trace(`${String(machine.steps).padStart(6)} ${(machine.passedMs / 1000).toFixed(3).padStart(10)} ${name}`);
  };
}

/** Every method that a client may call after `connect`. A new one is one file and one line here. */
import { agent } from './agent.ts';
import { agentWait } from './agent-wait.ts';
import { channelsStatus } from './channels-status.ts';
import { chatAbort } from './chat-abort.ts';
import { chatHistory } from './chat-history.ts';
import { chatSend } from './chat-send.ts';
import { configGet } from './config-get.ts';
import {
  devicePairApprove,
  devicePairList,
  devicePairReject,
  devicePairRemove,
  deviceTokenRevoke,
  deviceTokenRotate,
} from './device-pair.ts';
import { eventsSubscribe } from './events-subscribe.ts';
import { eventsUnsubscribe } from './events-unsubscribe.ts';
import { health } from './health.ts';
import { logsTail } from './logs-tail.ts';
import type { Method } from './method.ts';
import { sessionsList } from './sessions-list.ts';
import { status } from './status.ts';

export const METHODS: ReadonlyMap<string, Method> = new Map(
  [
    health,
    status,
    chatSend,
    chatHistory,
    chatAbort,
    sessionsList,
    agent,
    agentWait,
    configGet,
    channelsStatus,
    logsTail,
    eventsSubscribe,
    eventsUnsubscribe,
    devicePairList,
    devicePairApprove,
    devicePairReject,
    devicePairRemove,
    deviceTokenRotate,
    deviceTokenRevoke,
  ].map((method) => [method.name, method]),
);

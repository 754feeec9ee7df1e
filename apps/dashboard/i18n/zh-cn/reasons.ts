/** The reasons that the gateway gives for a route and for letting somebody write, as its log keeps them. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^An earlier rule decided\.$/, '更靠前的规则已作出决定。'],
  [/^The request names an agent\.$/, '请求指定了智能体。'],
  [/^The request names no agent\.$/, '请求没有指定智能体。'],
  [/^The session key names an agent\.$/, '会话键指定了智能体。'],
  [/^The session key names no agent\.$/, '会话键没有指定智能体。'],
  [/^The conversation was given to this agent\.$/, '此会话已交给该智能体。'],
  [/^The conversation was not moved to another agent\.$/, '此会话没有转给其他智能体。'],
  [/^The channel has an agent of its own\.$/, '此渠道有自己的智能体。'],
  [/^The channel has no agent of its own\.$/, '此渠道没有自己的智能体。'],
  [/^"(.+)" is the default agent\.$/, '“$1”是默认智能体。'],
  [/^The peer is in a conversation with this agent, which a text opened\.$/, '对方正在与该智能体的会话中，该会话由一条文本开启。'],
  [/^The peer is in no conversation that a text opened\.$/, '对方不在由文本开启的会话中。'],
  [/^Everything the binding asks for matches\.$/, '绑定要求的各项都匹配。'],
  [/^Differs in (.+)\.$/, '以下项不同：$1。'],
  [/^The caller proved itself by the gateway token\.$/, '调用者以网关令牌证明了身份。'],
  [/^The caller proved itself by a dashboard login\.$/, '调用者以控制台登录证明了身份。'],
  [/^The caller proved itself by a signature\.$/, '调用者以签名证明了身份。'],
  [/^The caller proved itself by a schedule of the configuration\.$/, '由配置中的定时任务发起。'],
  [/^(\w+) is "(\w+)"\.$/, '$1 为“$2”。'],
  [/^allowFrom lists the sender\.$/, 'allowFrom 列出了发送者。'],
  [/^allowFrom lists the group\.$/, 'allowFrom 列出了群组。'],
  [/^allowFrom lists "\*"\.$/, 'allowFrom 列出了“*”。'],
  [/^allowFrom does not list the sender, and (\w+) is "allowlist"\.$/, 'allowFrom 没有列出发送者，且 $1 为“allowlist”。'],
  [/^An operator let the sender in by pairing\.$/, '操作员已通过配对准许此发送者。'],
  [
    /^The sender may not write on (\S+) yet: (\w+) is "pairing", and nobody has let the sender in\.$/,
    '发送者尚不能在 $1 上写入：$2 为“pairing”，还没有人准许此发送者。',
  ],
  [/^The message does not mention the agent, and requireMention is on\.$/, '消息没有提到智能体，而 requireMention 已开启。'],
];

const REFUSED = /^The sender may not write on (\S+): (.+)$/;

/** A reason in Chinese; one that is none of these, such as that of an extension, as it was said. */
export function reasonInChinese(said: string): string {
  const sentence = SENTENCES.find(([pattern]) => pattern.test(said));
  if (sentence) return said.replace(...sentence);
  return said.replace(REFUSED, (_, channel: string, why: string) => `发送者不能在 ${channel} 上写入：${reasonInChinese(why)}`);
}

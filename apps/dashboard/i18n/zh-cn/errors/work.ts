/** Models, tools, channels and the configuration. */
export const work = {
  MODEL_NOT_CONFIGURED: {
    title: '智能体的模型所属的提供方没有配置。',
    remedy: '请在 models.providers 下添加该提供方，或更改 agents.defaults.model。',
  },
  MODEL_UNAUTHORIZED: { title: '模型提供方拒绝了 API 密钥。', remedy: '请检查 models.providers.<name>.apiKey。' },
  MODEL_REFUSED: { title: '模型提供方拒绝了请求。', remedy: '请阅读详细信息中提供方的消息。' },
  MODEL_NOT_FOUND: {
    title: '模型提供方没有此模型。',
    remedy: '请更正智能体的模型，或在提供方运行之处取得该模型：`ollama pull <model>`。提供方会列出它有哪些模型。',
  },
  MODEL_WITHOUT_TOOLS: { title: '此模型不能调用工具。', remedy: '请将智能体的 `tools` 留空，或为它换一个能调用工具的模型。' },
  MODEL_BUSY: {
    title: '模型提供方正在加载模型，或等待它的请求太多。',
    remedy: '请等待：会自动重试。若经常发生，请让提供方接受更多请求，或添加端点。',
  },
  MODEL_RATE_LIMITED: { title: '模型提供方正在限制请求。', remedy: '请稍后重试；网关已经重试过。' },
  MODEL_UNAVAILABLE: { title: '无法连接模型提供方。', remedy: '请检查 models.providers.<name>.baseUrl，以及该服务器是否在运行。' },
  MODEL_TIMEOUT: { title: '模型没有按时回答。', remedy: '请重试，或使用更快的模型。' },
  MODEL_BAD_RESPONSE: { title: '模型提供方发来的内容不是回答。', remedy: '请检查 models.providers.<name>.api 是否与该服务器相符。' },
  MODEL_CIRCUIT_OPEN: { title: '模型连续失败，暂时不再询问。', remedy: '请查看其端点此前的失败；会自动重试。' },
  MODEL_OVERTAKEN: {
    title: '另一个端点先给出了回答。',
    remedy: '无需处理：回答来自另一个端点。若经常发生，则是此端点太慢，或 models.providers.<name>.hedgeAfter 太短。',
  },
  MODEL_INTERRUPTED: { title: '模型回答期间网关停止了。', remedy: '无需处理：会重新询问模型。' },
  BUDGET_SPENT: {
    title: '此回放的预算已用完。',
    remedy: '请用 --budget、--max-requests 或 --max-cost 提高预算；以美元计的上限要求模型有价格。',
  },
  BUDGET_EXCEEDED: { title: '某项预算已用完。', remedy: '请等到第二天，或在 budgets 下调高：已用多少见 `openclaw budgets`。' },
  SESSION_QUARANTINED: {
    title: '对话无法得到回答，因此已被隔离。',
    remedy: '请用 `openclaw sessions show <id>` 查看，再用 `openclaw sessions release <id>` 让它继续；若问题在对话本身，请加 --forget。',
  },
  CONVERSATION_BROKEN: {
    title: '无法将此对话展示给模型。',
    remedy: '请用 `openclaw sessions release <id> --forget` 重新开始，并附上数据包报告此问题：openclaw events export。',
  },
  RUN_CRASHES: {
    title: '网关在回答此消息时一再意外结束。',
    remedy: '请在日志中查找原因，然后用 `openclaw sessions release <id>` 让对话继续。',
  },
  CONTEXT_TOO_LONG: {
    title: '消息连同其相关内容超过了模型能接受的长度。',
    remedy: '请每次少发一些，在 agents.defaults.contextWindow 下写明模型能接受多少，或为智能体换一个能接受更多内容的模型。',
  },
  RUN_STEPS_EXCEEDED: { title: '智能体用完了允许的步数，仍没有给出回答。', remedy: '请提一个更小的问题。' },
  RUN_ABORTED: { title: '运行已取消。', remedy: '若仍需要回答，请重新发送消息。' },
  TOOL_UNKNOWN: { title: '智能体没有此工具。', remedy: '请在 tools.allow 下允许该工具，或更正其名称。' },
  TOOL_DENIED: { title: '工具策略拒绝此调用。', remedy: '若智能体应当使用它，请更改 tools.allow 或 tools.deny。' },
  TOOL_BAD_ARGUMENTS: { title: '调用工具时给出了它不接受的参数。', remedy: '已告知模型，模型可以重试。' },
  TOOL_FAILED: { title: '工具执行失败。', remedy: '已告知模型；原因见该事件。' },
  BROWSER_NOT_FOUND: {
    title: '没有可供浏览器工具使用的浏览器。',
    remedy: '请安装 Chromium、Chrome 或 Edge，或在 tools.browser.executable 中指定其程序。见 docs/tools.md。',
  },
  TOOL_REPEATED: {
    title: '一再进行相同的工具调用，没有得到新的结果。',
    remedy: '已告知模型，模型可以改做别的；重复多少次算太多，由 agents.defaults.maxRepeats 规定。',
  },
  APPROVAL_NOT_FOUND: {
    title: '没有以此代码等待审批的工具调用。',
    remedy: '它可能已被决定、取消，或因超时被拒绝；`openclaw approvals list` 会显示等待中的调用。',
  },
  APPROVAL_SAME_PERSON: {
    title: '同一人已同意过此调用；还需要第二个人。',
    remedy: '须由另一人同意；拒绝则任何人都可以。同一人用来登录或写信的所有身份都视为该人。',
  },
  APPROVAL_PERSON_UNKNOWN: {
    title: '此调用需要两个人决定，而这里无法得知你是谁。',
    remedy: '请以用户身份登录，或使用令牌。gateway.auth.type 为 "disabled" 时，无法区分任何人。',
  },
  APPROVAL_RULE_NEEDS_TWO: {
    title: '此类调用的规则须两人都同意才会写入；第一个人没有同意。',
    remedy: '请只批准这一次调用，或拒绝它。下一次此类调用可由两人一起设为始终允许。',
  },
  APPROVAL_RULE_IMPOSSIBLE: {
    title: '没有规则能恰好表示此调用，因此没有为它写入规则。',
    remedy: '某个值含有 * 或 ?，或为空。请只批准这一次，或在 tools.rules 中自行编写规则。',
  },
  APPROVAL_EXPIRED: { title: '没有人按时决定此调用，因此它被拒绝。', remedy: '请再次请求，或延长决定的时间：tools.approvals.timeout。' },
  TOOL_INTERRUPTED: { title: '工具运行期间网关停止了，因此其效果未知。', remedy: '再次请求之前，请先查看工具做了什么。' },
  CHANNEL_UNAVAILABLE: { title: '无法连接渠道的服务。', remedy: '请检查网络；投递会自动重试。' },
  CHANNEL_UNAUTHORIZED: { title: '渠道的服务拒绝了凭据。', remedy: '请检查 channels.<channel> 下的令牌。' },
  CHANNEL_REFUSED: { title: '渠道的服务拒绝了消息。', remedy: '请阅读详细信息中该服务的消息。' },
  CHANNEL_RATE_LIMITED: { title: '渠道的服务正在限制请求。', remedy: '到该服务给出的时间之后，会重试投递。' },
  CHANNEL_WINDOW_CLOSED: { title: '对这么久以前的消息，该服务不再接受回复。', remedy: '请等对方再次来信，或用其他途径向其发送模板消息。' },
  CHANNEL_CALL_NOT_TAKEN: { title: '无法保存该服务送来的内容。', remedy: '无需处理：该服务会重新送来。' },
  CHANNEL_BAD_UPDATE: { title: '渠道发来的内容不是消息。', remedy: '无需处理：已记录并跳过。' },
  CHANNEL_HELD: {
    title: '渠道账号已暂停，或不再接收新内容。',
    remedy: '用 `openclaw channels resume <channel>/<account>` 可让它继续。不会丢失任何内容：届时会接收和发送等待中的内容。',
  },
  CHANNEL_STALE: {
    title: '渠道账号超过平常的时间没有带来任何内容，也没有应答探测。',
    remedy: '它会自动重新连接。`openclaw channels status --probe` 会显示在哪一步中断。',
  },
  CHANNEL_NO_NETWORK: {
    title: '没有可以到达渠道服务的网络通路。',
    remedy: '这台机器是否在线，其域名服务器是否应答（`getent hosts <host>`）？然后检查防火墙和中间的代理。会自动重试。',
  },
  CHANNEL_TLS: {
    title: '渠道服务的加密不可信。',
    remedy:
      '请校准时钟，并查看中间是谁：`openssl s_client -connect <host>:443 -servername <host>`。自己的证书颁发机构可由 NODE_EXTRA_CA_CERTS 指定。',
  },
  CHANNEL_CLOCK_SKEW: {
    title: '本机的时钟与渠道服务的时钟相差太大。',
    remedy: '请校准时钟：`timedatectl set-ntp true`，并查看 `timedatectl status`。',
  },
  CHANNEL_FORBIDDEN: { title: '渠道的服务没有给予账号所需的权限。', remedy: '请在创建该账号之处授予消息所指的权限，然后重新探测。' },
  CHANNEL_WEBHOOK_MISSING: {
    title: '渠道的服务没有把消息发往此网关。',
    remedy: '请在该服务处登记消息所指的地址，或重新启动账号：`openclaw channels resume <channel>`。',
  },
  DEAD_LETTER_NOT_FOUND: {
    title: '此消息没有等待重新发送的回复。',
    remedy: '请用 `openclaw channels dead-letters list` 列出等待中的回复；已重新发送或丢弃的不再列出。',
  },
  DELIVERY_UNCERTAIN: {
    title: '发送回复期间网关停止了，因此回复可能送达，也可能没有。',
    remedy: '请在聊天中查看是否送达。若没有：其文本在控制面板的会话中；或请发送者再问一次。',
  },
  CONFIG_SYNTAX: { title: '配置文件不是 JSON5。', remedy: '请修正所指的行；上一份正确的配置继续生效。' },
  CONFIG_INVALID: { title: '配置中有不允许的键或值。', remedy: '请修正所指的键；上一份正确的配置继续生效。' },
  CONFIG_ENV_MISSING: { title: '配置引用了未设置的环境变量。', remedy: '请设置该变量，或直接写出值。' },
  CONFIG_SECRET_FILE: { title: '配置为密钥引用的某个文件无法使用。', remedy: '请将密钥写入所指的文件，并让运行网关的用户可以读取。' },
  CONFIG_CONFLICT: {
    title: '配置在读取之后已被更改。',
    remedy: '请重新读取，再作更改。文件当前的哈希可用 `openclaw config file --hash` 显示。',
  },
  CONFIG_SECRET_UNKNOWN: { title: '较早的配置需要日志未保存的密钥。', remedy: '请设置所指的键，然后再次回滚。' },
  CONFIG_NO_TRIAL: { title: '没有试行中的配置。', remedy: '它已被确认或撤销；结果见 `openclaw config history`。' },
  CONFIG_EXISTS: { title: '已有配置。', remedy: '请用 --dry-run 查看将写入的内容；--force 会取代现有配置，并将旧配置保存为 .bak。' },
  CONFIG_DIFFERS: { title: '配置中已有不同的设置。', remedy: '没有作任何更改。请略去要保持不变的部分，或加 --force 更改它。' },
  CONFIG_KEY_UNSET: { title: '此键没有设置。', remedy: '不带键的 `openclaw config get` 会显示所有已设置的键。' },
  CONFIG_UNREADABLE: { title: '无法读取配置文件。', remedy: '请检查文件是否存在，以及谁可以读取。' },
  CERTIFICATE_INVALID: {
    title: '证书、其私钥或其颁发机构证书无法使用。',
    remedy: '请修正所指的文件，或指定该文件的配置键。运行中的网关会自动采用。',
  },
  CERTIFICATE_PENDING: {
    title: '网关还没有证书，因此不能提供 HTTPS。',
    remedy: '请稍等一分钟；若依然如此，原因见 `openclaw events list --type certificate.*`。',
  },
  CERTIFICATE_NOT_ISSUED: {
    title: '证书颁发机构没有签发证书。',
    remedy: '请检查域名是否指向本机，以及 80 端口是否能到达本机。网关会自动重试。',
  },
  CERTIFICATE_UNTRUSTED: {
    title: '在网关地址上应答的一方出示的证书不是网关自己的。',
    remedy: '请用 `openclaw gateway status` 查看是谁在监听此端口。',
  },
  PORT_TAKEN: { title: '另一个进程正在监听此端口。', remedy: '请停止该进程，用 --port 选择另一个端口，或用 --force 终止它。' },
  TAILSCALE_NOT_INSTALLED: {
    title: '本机没有安装 Tailscale。',
    remedy: '请安装（https://tailscale.com/download），并用 `sudo tailscale up` 登录；或将 gateway.tailscale.enabled 设为 false。',
  },
  TAILSCALE_NOT_RUNNING: {
    title: 'Tailscale 已安装，但其服务 tailscaled 没有运行。',
    remedy: '请启动它：Linux 上用 `sudo systemctl enable --now tailscaled`，macOS 上用 Tailscale 应用。网关会自动重试。',
  },
  TAILSCALE_LOGGED_OUT: { title: '本机没有登录 tailnet。', remedy: '请运行 `sudo tailscale up`，并打开它显示的地址。网关会自动重试。' },
  TAILSCALE_STOPPED: { title: '本机已登录 tailnet，但没有连接。', remedy: '请用 `sudo tailscale up` 连接。网关会自动重试。' },
  TAILSCALE_FORBIDDEN: {
    title: '运行网关的用户不得更改 Tailscale 的设置。',
    remedy: '请以该用户的身份运行一次：`sudo tailscale set --operator=$USER`。网关会自动重试。',
  },
  TAILSCALE_PORT_TAKEN: {
    title: '网关要发布的端口上，Tailscale 已在提供其他服务。',
    remedy: '用 `tailscale serve status` 可查看是什么；用 `tailscale serve --https=443 off` 结束它。网关会自动重试。',
  },
  TAILSCALE_FUNNEL_NOT_ALLOWED: {
    title: 'tailnet 不允许本机使用 Funnel。',
    remedy:
      '请在访问控制（https://login.tailscale.com/admin/acls）中给它节点属性 "funnel"，或将 gateway.tailscale.funnel.enabled 设为 false。',
  },
  TAILSCALE_HTTPS_OFF: {
    title: 'tailnet 没有启用 HTTPS 证书。',
    remedy: '请在 https://login.tailscale.com/admin/dns 启用。网关会自动重试。',
  },
  TAILSCALE_FAILED: {
    title: 'Tailscale 没有完成所要求的操作。',
    remedy: '请查看 `tailscale status` 和 `tailscale serve status`。网关会自动重试。',
  },
  GATEWAY_UNREACHABLE: {
    title: '此地址没有网关应答。',
    remedy: '请用 `openclaw gateway start` 启动；要查看其输出，请用 `openclaw gateway run`。',
  },
  USAGE: { title: '无法理解此命令。', remedy: '请带 --help 运行。' },
  INTERNAL: { title: '网关内部出错。', remedy: '请在日志中查找关联 ID；若依然如此，请报告。' },
};

/** Who may come in, and from where. */
export const access = {
  UNAUTHENTICATED: { title: '缺少网关令牌。', remedy: '请发送 `Authorization: Bearer <token>`；令牌可用 `openclaw gateway token` 显示。' },
  TOKEN_MISMATCH: { title: '令牌与此网关要求的不符。', remedy: '请在网关所在的机器上运行 `openclaw gateway token`，并使用它显示的令牌。' },
  TOKEN_EXPIRED: { title: '令牌已过期。', remedy: '在允许之处可用 POST /api/access/tokens/refresh 换新；否则请重新创建：docs/tokens.md。' },
  TOKEN_REVOKED: { title: '令牌已被吊销，或已被新令牌取代。', remedy: '请使用新令牌，或用 `openclaw tokens create` 创建一个。' },
  TOKEN_REUSED: {
    title: '令牌此前已换新过，因此有人持有其副本。它和由它换得的所有令牌都已失效。',
    remedy: '请查明还有谁持有它，再用 `openclaw tokens create` 创建新令牌。详见 docs/tokens.md。',
  },
  TOKEN_NOT_REFRESHABLE: {
    title: '此令牌不能换新。',
    remedy: '请将 gateway.auth.token.refreshable 设为 true，或轮换它：`openclaw tokens rotate`、`openclaw gateway token --regenerate`。',
  },
  TOKEN_UNKNOWN: { title: '没有此 ID 的令牌。', remedy: '请用 `openclaw tokens list` 列出令牌，用 `openclaw devices list` 列出设备。' },
  TOKEN_LIMIT: {
    title: '令牌数已达网关保存的上限。',
    remedy: '请吊销不再需要的令牌：`openclaw tokens list` 和 `openclaw devices list` 会显示各自最近一次使用的时间。',
  },
  PAIRING_REQUIRED: {
    title: '此设备尚未获批准。',
    remedy: '请在网关所在的机器上用 `openclaw devices approve <requestId>` 批准，然后重新连接。',
  },
  PAIRING_UNKNOWN: { title: '没有设备以此 ID 等待；请求只保留 10 分钟。', remedy: '请让设备重新连接，再用 `openclaw devices list` 查看。' },
  SIGN_IN_CODE_UNKNOWN: { title: '此登录链接不是由本网关生成的。', remedy: '请对本网关运行 `openclaw dashboard` 以取得新链接。' },
  SIGN_IN_CODE_USED: { title: '此登录链接已经用过。', remedy: '请运行 `openclaw dashboard` 以取得新链接。' },
  SIGN_IN_CODE_EXPIRED: { title: '此登录链接已过期。', remedy: '请运行 `openclaw dashboard` 以取得新链接；每个链接 60 秒内有效。' },
  OAUTH_OFF: {
    title: '此网关没有启用通过身份提供方登录。',
    remedy: '请使用 `openclaw dashboard` 的链接，或将 gateway.auth.type 设为 "oauth"（docs/sign-in.md）。',
  },
  SIGN_IN_NOT_BEGUN: {
    title: '此次登录不是最近十分钟内在此浏览器中开始的，或已经用过。',
    remedy: '请在登录页面重新开始，全程使用同一个窗口，并允许此地址使用 Cookie。',
  },
  IDENTITY_PROVIDER_UNAVAILABLE: {
    title: '无法连接负责登录的身份提供方，或其应答不正常。',
    remedy: '请稍后重试。`openclaw doctor --network` 会指出连接断在哪里；`openclaw dashboard` 的链接不依赖它，仍可使用。',
  },
  IDENTITY_PROVIDER_REFUSED: {
    title: '身份提供方拒绝了登录。',
    remedy: '请重试。若依然如此，请将 gateway.auth.oauth 与身份提供方处登记的此网关信息对照（docs/sign-in.md）。',
  },
  IDENTITY_NOT_PROVED: {
    title: '身份提供方发来的内容不能证明登录者的身份。',
    remedy: '请在登录页面重新开始。若依然如此，网关的日志会说明哪一项不成立；通常是时钟不准。',
  },
  IDENTITY_NOT_ALLOWED: { title: '此账户不得使用此网关。', remedy: '请换一个账户，或询问网关的管理者：网关的日志会说明由哪个配置键决定。' },
  ACCESS_TOKEN_REFUSED: { title: '此访问令牌无效或已失效。', remedy: '请登录，并用 POST /auth/token 申请新的。' },
  SIGN_IN_REFUSED: {
    title: '用户名、密码或代码不正确。',
    remedy: '请重试；能使用该机器的人可用 `openclaw users reset-password <name>` 设置新密码。',
  },
  TOTP_REQUIRED: { title: '密码正确；缺少验证器应用的代码。', remedy: '请发送应用显示的六位数字，或一个恢复代码。' },
  SIGN_IN_DELAYED: {
    title: '此处登录失败次数过多，下一次须等待。',
    remedy: '请等到 Retry-After 给出的时间之后，或通过链接登录：`openclaw users sign-in-link <name>`。',
  },
  STEP_UP_REQUIRED: {
    title: '此操作需要五分钟之内的身份证明。',
    remedy: '请将密码、验证器应用的代码或新的登录链接发送到 POST /auth/step-up，然后重复此调用。',
  },
  PASSWORD_REFUSED: { title: '不能使用此密码。', remedy: '请选用 12 至 256 个字符的密码，不能是名字、键盘上的连续按键或常见密码。' },
  TOTP_CODE_WRONG: {
    title: '代码不是验证器应用当前显示的代码，或已经用过。',
    remedy: '请等待下一个代码；若都不被接受，请将手机的时钟与网关的时钟对照。',
  },
  USER_NOT_FOUND: { title: '没有此名称的用户。', remedy: '请用 `openclaw users list` 列出用户。' },
  USER_EXISTS: { title: '已有此名称的用户。', remedy: '请换一个名称；已占用的名称可用 `openclaw users list` 查看。' },
  OWNER_PROTECTED: {
    title: '网关的所有者始终是可以登录的管理员。',
    remedy:
      '请更改其他用户；要终止所有者的访问，请用 `openclaw gateway token --regenerate` 和 `openclaw logins revoke --all --user owner`。',
  },
  LOGIN_NOT_FOUND: { title: '没有此 ID 的登录会话。', remedy: '请用 `openclaw logins list` 列出登录会话。' },
  SIGNATURE_MISSING: {
    title: 'Webhook 请求没有签名。',
    remedy: '请发送 x-openclaw-timestamp 和 x-openclaw-signature；见 docs/webhooks.md。',
  },
  SIGNATURE_INVALID: {
    title: 'Webhook 的签名与正文不符。',
    remedy: '请用该 Webhook 的密钥以 HMAC-SHA256 为 `<timestamp>.<raw body>` 签名。',
  },
  SIGNATURE_EXPIRED: { title: 'Webhook 的时间戳与网关的时钟相差太大。', remedy: '请发送当前的 Unix 时间（秒），并检查两边的时钟。' },
  WEBHOOK_REPLAYED: { title: '此已签名的 Webhook 请求此前已收到。', remedy: '请为每个请求重新签名；重复的投递无需第二个请求。' },
  ORIGIN_NOT_ALLOWED: {
    title: '发出调用的页面不属于此网关。',
    remedy: '请在网关自己的地址打开控制面板，或将该来源加入 gateway.auth.cors.origins。',
  },
  SENDER_NOT_ALLOWED: { title: '发送者不得给此网关写信。', remedy: '请将发送者加入 channels.<channel>.allowFrom。' },
  SENDER_UNPAIRED: {
    title: '发送者尚不认识，已告知其一个代码。',
    remedy: '请用 `openclaw pairing list` 查看谁在等待，然后用 `openclaw pairing approve <code>` 放行，或用 `reject <code>` 拒绝。',
  },
  NOT_ADDRESSED: {
    title: '群组中的这条消息不是对智能体说的。',
    remedy: '请提及智能体或回复它。channels.<channel>.requireMention: false 可让它听到一切。',
  },
  PAIRING_CODE_UNKNOWN: {
    title: '没有人以此配对代码等待；每个代码只能用一次，一小时内有效。',
    remedy: '请用 `openclaw pairing list` 查看谁在等待；来信者再写一次即可得到新代码。',
  },
  VIEW_UNKNOWN: { title: '没有此名称的已存视图。', remedy: '请用 `openclaw views list` 查看名称。' },
  VIEW_NAME_TAKEN: {
    title: '此名称属于他人的视图，或属于一个固有的视图。',
    remedy: '请换一个名称；已占用的名称可用 `openclaw views list` 查看。',
  },
  VIEWS_FULL: { title: '已存视图的数量已达上限。', remedy: '请先用 `openclaw views remove <name>` 移除一个。' },
  PUSH_SUBSCRIPTION_INVALID: {
    title: '无法使用浏览器的推送订阅。',
    remedy: '请在此浏览器中关闭通知再重新开启；要求的内容见消息。',
  },
  PUSH_SERVICE_UNKNOWN: {
    title: '网关找不到此浏览器的推送服务。',
    remedy: '请让网关所在的机器能够解析消息所指的主机，并通过 HTTPS 到达它。',
  },
  PUSH_NEEDS_LOGIN: {
    title: '只能通知有用户登录的浏览器。',
    remedy: '请以用户身份登录；使用令牌或网关不要求登录时，没有可通知的浏览器。',
  },
  PUSH_FULL: { title: '接收通知的浏览器已达上限。', remedy: '请在“访问权限”的“我的账户”中移除一个。' },
  PUSH_UNKNOWN: { title: '没有以此 ID 接收通知的本人浏览器。', remedy: '请查看“访问权限”的“我的账户”中的列表；它可能已被移除。' },
  PAIRING_SENDER_UNKNOWN: {
    title: '此发送者不是通过配对放行的。',
    remedy: '通过配对放行的人可用 `openclaw pairing list` 查看；allowFrom 中的人请在配置中移除。',
  },
  FORBIDDEN: { title: '调用者无权执行此操作。', remedy: '请以允许此操作的角色和权限范围连接。' },
  ADDRESS_NOT_ALLOWED: { title: '不允许从此地址连接。', remedy: '请将其网段加入 gateway.security.networkIsolation.allowedInbound。' },
  PROTOCOL_UNSUPPORTED: { title: '客户端与网关没有共同的协议版本。', remedy: '请使用支持协议 4 的客户端。' },
  EGRESS_REFUSED: {
    title: '网关不得连接此地址。',
    remedy: '相关规则见消息；gateway.security.networkIsolation.allowedOutbound 规定例外，blockedOutbound 规定禁止。见 docs/network.md。',
  },
  FIREWALL_NEEDS_ROOT: { title: '只有 root 可以更改本机的防火墙。', remedy: '请用 sudo 运行此命令。' },
  FIREWALL_LOCKS_OUT: {
    title: '采用这些规则后，将无法再以输入此命令的途径登录。',
    remedy: '请添加一条放行所指来源的规则；如有其他途径可进入，请加 --force。没有作任何更改。',
  },
  FIREWALL_FAILED: {
    title: '本机的防火墙没有接受这些规则。',
    remedy: '防火墙自己的说明见消息。`openclaw gateway firewall plan` 会显示尝试过的规则。这些规则均未生效。',
  },
};

/** The log, the process and what stands beside it. */
export const gateway = {
  LOG_UNAVAILABLE: { title: '无法写入事件日志。', remedy: '请检查状态目录所在的磁盘；网关会停止，并在启动时重新读取日志中的实际内容。' },
  DATABASE_UNAVAILABLE: {
    title: '无法连接存放事件日志的数据库。',
    remedy: '请检查 PostgreSQL 是否在运行，以及 `gateway.database.url` 是否正确；数据库一有应答，网关便会自动继续。',
  },
  LOG_FENCED: {
    title: '另一个实例已经接管，因此本实例不得再写入。',
    remedy: '无需处理：本实例会重新启动并待命。若经常发生，请查看 `openclaw gateway instances`。',
  },
  NO_LEADER: { title: '目前没有网关实例在提供服务。', remedy: '请稍后重试：十秒之内会有另一个实例接管。' },
  LOG_MISMATCH: {
    title: '状态目录中的日志与数据库中的不是同一份。',
    remedy: '请为此实例指定单独的状态目录，或先将其日志移入数据库：`openclaw log move --to postgres://…`。',
  },
  LOG_MOVED: {
    title: '事件日志已移到别处，因此这里不再添加任何内容。',
    remedy: '请将 `gateway.database.url` 设为日志现在所在之处，或用 `openclaw log move` 移回。',
  },
  LOG_OVERLOADED: { title: '等待写入的事件太多。', remedy: '请稍后重试。' },
  AUDIT_UNAVAILABLE: {
    title: '无法写入审计记录，因此凡须记入其中的操作和查看都暂停。',
    remedy: '请检查磁盘，并查看 `openclaw health --detailed`；日志重新接受事件后会自动恢复。',
  },
  LOG_LOCKED: { title: '另一个进程占用着此状态目录。', remedy: '请停止另一个网关，或为此网关指定单独的 OPENCLAW_STATE_DIR。' },
  LOG_CORRUPT: { title: '事件日志读出的内容与写入时不同。', remedy: '请停止网关并恢复备份；不要编辑该文件。' },
  LOG_CONTRADICTED: {
    title: '事件日志与早先检查点签名时的日志不符。',
    remedy: '请与见证者一起运行 `openclaw audit verify`；若事件被改动或截断，请恢复备份。',
  },
  LOG_NOT_DURABLE: {
    title: 'SQLite 没有接受 synchronous=FULL，因此已确认的消息可能丢失。',
    remedy: '请连同 SQLite 版本报告此问题；否则网关不会启动。',
  },
  MASTER_KEY_MISMATCH: {
    title: '此状态目录的密钥是用 OPENCLAW_MASTER_KEY 以外的主密钥包装的。',
    remedy: '请将 OPENCLAW_MASTER_KEY 设为生成这些密钥时所用的 64 位十六进制数。',
  },
  LEGAL_HOLD: { title: '法律保全要求保留此数据。', remedy: '请查看 `openclaw data hold list`；须先解除保全，才能移除数据。' },
  SUBJECT_UNKNOWN: {
    title: '日志中没有此人的任何内容。',
    remedy: '请按渠道对发送者的写法，以 channel:id 指明此人，或使用事件元数据中的 `sub_…`。',
  },
  LOG_TOO_NEW: { title: '状态目录由更新版本的程序写入。', remedy: '请重新安装较新的版本，或使用另一个 OPENCLAW_STATE_DIR。' },
  LOG_TOO_OLD: {
    title: '状态目录由旧版本的程序写入，尚未升级。',
    remedy: '请启动一次网关（`openclaw gateway start`）：它会升级这些文件；然后重新运行命令。',
  },
  DISK_LOW: { title: '磁盘将满，因此拒绝新消息。', remedy: '请在状态目录所在的磁盘上腾出空间。' },
  OVERLOADED: { title: '等待答复的消息太多。', remedy: '请在 Retry-After 给出的时间之后重试。' },
  SHUTTING_DOWN: { title: '网关正在停止。', remedy: '请在网关恢复后重试。' },
  STARTING: { title: '网关正在启动。', remedy: '请等到 /readyz 返回 200。' },
  SAFE_MODE: {
    title: '网关处于安全模式：不接收消息，也不调用模型。',
    remedy: '请排除导致崩溃的原因（见 `openclaw gateway status`），然后运行 `openclaw gateway restart --normal`。',
  },
  SERVICE_MANAGER_UNAVAILABLE: { title: '服务管理器没有应答。', remedy: '请改用另一个：`openclaw gateway install --manager background`。' },
  SERVICE_FAILED: { title: '服务管理器没有完成所要求的操作。', remedy: '请阅读上面服务管理器的消息。' },
  SERVICE_TAKEN: { title: '该服务是为另一个状态目录安装的。', remedy: '请在那里卸载，或加 --force 以此状态目录取代。' },
  VIEW_UNAVAILABLE: {
    title: '无法读取日志的某个视图。',
    remedy: '请停止网关，删除 state/views.db 和 state/words.db，再启动：它们会由日志重建。',
  },
  VIEW_STOPPED: {
    title: '日志的某个视图停在了无法处理的事件上。',
    remedy:
      '原因见 `openclaw doctor`。可能需要更新版本的程序；依次运行 `openclaw gateway stop`、`openclaw doctor --fix` 和 `openclaw gateway start` 可重建视图。',
  },
  DEADLINE_EXCEEDED: { title: '没有按时得到答复。', remedy: '请再次询问；消息已保留，并会继续处理。' },
  EXTENSION_INVALID: { title: '这不是可以安装的扩展。', remedy: '扩展包须具备的内容见 docs/extensions.md。' },
  EXTENSION_NOT_FOUND: { title: '没有此名称的扩展。', remedy: '请用 `openclaw extensions list` 列出扩展。' },
  EXTENSION_EXISTS: { title: '已安装此名称的扩展。', remedy: '请先用 `openclaw extensions remove` 移除。' },
  EXTENSION_CHANGED: { title: '扩展的文件与安装时不同。', remedy: '请移除后重新添加，并查明是谁改动了文件。' },
  EXTENSION_DOWN: { title: '扩展的进程没有在运行。', remedy: '它会自动重新启动；结束的原因见 `openclaw extensions list`。' },
  EXTENSION_FAILED: { title: '扩展出错。', remedy: '请阅读其消息，并询问其作者。' },
  EXTENSION_TIMEOUT: { title: '扩展没有按时应答。', remedy: '请重试；若一直没有应答，它会被终止并重新启动。' },
  EXTENSION_MISBEHAVED: { title: '扩展超出了限制，已被终止。', remedy: '请阅读详细信息，并询问其作者；各项限制见 docs/extensions.md。' },
};

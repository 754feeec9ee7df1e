/** A complete site for nginx in front of the gateway, as a text. Pure. */
import { ERRORS, GatewayError } from '@openclaw-gateway/events';
import { BODY_LIMIT_BYTES, HISTORY_BODY_LIMIT_BYTES } from '../../http/limits.ts';

export type Site = {
  /** The name that people use. */
  readonly domain: string;
  readonly certificate: string;
  readonly key: string;
  /** Where the gateways listen: `127.0.0.1:18789`. */
  readonly instances: readonly string[];
  /** Whether the gateways speak TLS themselves. */
  readonly upstreamTls: boolean;
  readonly httpsPort: number;
  readonly httpPort: number;
};

/** Seconds after which a client that was turned away may come again; a restart takes less. */
const RETRY_AFTER_S = 2;
const MEGABYTE = 1024 * 1024;

/** Throws BAD_REQUEST for what would not stay inside its place in the file. */
export function nginxSite(site: Site): string {
  const { domain, httpsPort, httpPort, instances } = site;
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(domain)) throw unfit('--domain', domain, 'a host name such as gateway.example.com');
  for (const instance of instances) {
    if (!/^([a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\]):\d{1,5}$/i.test(instance)) {
      throw unfit('--instances', instance, 'addresses with ports, separated by commas, such as 10.0.0.2:18789,10.0.0.3:18789');
    }
  }
  const seen = httpsPort === 443 ? '$host' : `$host:${httpsPort}`;
  const upstream = `${site.upstreamTls ? 'https' : 'http'}://openclaw`;
  return `# OpenClaw Gateway behind nginx, written by \`openclaw gateway nginx\`.
# Belongs into the http block: /etc/nginx/conf.d/openclaw.conf, or sites-available and a link in sites-enabled.

upstream openclaw {
${
  instances.length > 1
    ? `    # Any instance takes anything: those that stand by pass it on to the one that leads.
    least_conn;
`
    : ''
}${instances.map((instance) => `    server ${instance}${instances.length > 1 ? ' max_fails=1 fail_timeout=2s' : ''};`).join('\n')}
    keepalive 32;
}

# WebSocket is asked for by the client; anything else keeps its connection to the gateway open for the next request.
map $http_upgrade $openclaw_connection {
    default upgrade;
    ''      '';
}

server {
    listen ${httpPort};
    listen [::]:${httpPort};
    server_name ${domain};
    return 308 https://${seen}$request_uri;
}

server {
    # With nginx 1.25.1 or newer a line \`http2 on;\` here lets browsers use HTTP/2.
    listen ${httpsPort} ssl;
    listen [::]:${httpsPort} ssl;
    server_name ${domain};

    ssl_certificate ${quoted('--cert', site.certificate)};
    ssl_certificate_key ${quoted('--key', site.key)};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:openclaw:10m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $openclaw_connection;

    # Written anew, so that nothing a client made up gets through.
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header Forwarded '';

    # Sockets and streams may be silent for long; the gateway itself ends those whose other side is gone.
    proxy_connect_timeout 5s;
    proxy_read_timeout 1d;
    proxy_send_timeout 1d;

    # What the gateway streams arrives as it comes, and nothing of it is kept.
    proxy_buffering off;
    proxy_cache off;

    # What is larger than the gateway takes is not sent to it; conversations that bring their history are, and messages with files.
    client_max_body_size ${BODY_LIMIT_BYTES / MEGABYTE}m;
    error_page 413 = @openclaw_too_large;
    # While the gateway restarts.
    error_page 502 504 = @openclaw_away;

    location / {
        proxy_pass ${upstream};
    }

    location = /api/messages {
        client_max_body_size ${HISTORY_BODY_LIMIT_BYTES / MEGABYTE}m;
        proxy_pass ${upstream};
    }

    location /trpc/ {
        client_max_body_size ${HISTORY_BODY_LIMIT_BYTES / MEGABYTE}m;
        proxy_pass ${upstream};
    }

    location /v1/ {
        client_max_body_size ${HISTORY_BODY_LIMIT_BYTES / MEGABYTE}m;
        proxy_pass ${upstream};
    }

    location @openclaw_too_large {
        default_type application/json;
        add_header Cache-Control no-store always;
        return 413 '${errorBody('BODY_TOO_LARGE')}';
    }

    location @openclaw_away {
        default_type application/json;
        add_header Retry-After ${RETRY_AFTER_S} always;
        add_header Cache-Control no-store always;
        return 502 '${errorBody('GATEWAY_UNREACHABLE')}';
    }
}
`;
}

/** The answer that the gateway would give, between nginx's quotes. */
function errorBody(code: 'BODY_TOO_LARGE' | 'GATEWAY_UNREACHABLE'): string {
  const { title: message, retryable } = ERRORS[code];
  return JSON.stringify({ error: { code, message, retryable } });
}

/** A path as nginx reads it. */
function quoted(option: string, path: string): string {
  if (/["'\\\n\r$;{}]/.test(path)) throw unfit(option, path, 'a path without quotes, braces, dollars, semicolons and line breaks');
  return /\s/.test(path) ? `"${path}"` : path;
}

function unfit(option: string, value: string, expected: string): GatewayError {
  return new GatewayError('USAGE', {
    message: `${option} ${JSON.stringify(value)} does not fit.`,
    details: { remedy: `Expected ${expected}.` },
  });
}

/** The commands that bring the gateway to other machines. What they do is in commands/, loaded when called. */
import { type Command, Option } from 'commander';

type Action = (context: never, options: never, ...args: never[]) => Promise<number | undefined>;
type Leaf = (parent: Command, usage: string, description: string, load: () => Promise<Action>) => Command;
type Parsers = { readonly port: (input: string) => number };

export function addRemote(gateway: Command, leaf: Leaf, { port }: Parsers): void {
  leaf(
    gateway,
    'tunnel',
    'the SSH commands that bring it to your machine',
    async () => (await import('./commands/gateway-tunnel.ts')).tunnel,
  )
    .option('--remote <user@host>', 'the machine to connect to: that of the gateway, or with --reverse one that it can reach')
    .addOption(new Option('--local-port <number>', 'the port at the other end; the same as the gateway’s when left out').argParser(port))
    .option('--reverse', 'from the gateway’s machine to another: for a gateway that nobody can reach');

  leaf(gateway, 'nginx', 'print a site for nginx in front of it', async () => (await import('./commands/gateway-nginx.ts')).nginx)
    .option('--domain <name>', 'the name that people use; that of gateway.network.publicUrl when left out')
    .option('--cert <file>', 'the certificate and its chain, in PEM; that of certbot when left out')
    .option('--key <file>', 'its private key, in PEM; that of certbot when left out')
    .option('--instances <addresses>', 'several gateways: 10.0.0.2:18789,10.0.0.3:18789; this one when left out')
    .addOption(new Option('--https-port <number>', 'where nginx listens for HTTPS').default(443).argParser(port))
    .addOption(new Option('--http-port <number>', 'where nginx listens for HTTP, to send people to HTTPS').default(80).argParser(port))
    .addHelpText('after', '\nIn full: openclaw gateway nginx --domain gateway.example.com | sudo tee /etc/nginx/conf.d/openclaw.conf');
}

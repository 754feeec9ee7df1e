/** What a browser does about redirects and cookies: each origin has its own, and a cookie goes back where it came from. */
export type Visit = { readonly url: string; readonly response: Response };

export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();

  /** Asks for one page and follows nothing. */
  async get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const { origin } = new URL(url);
    const cookie = this.cookies(origin);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie && { cookie }), ...headers },
    });
    this.#keep(origin, response.headers.getSetCookie());
    return response;
  }

  /** Follows redirects until a page comes, or one is to be left for a URL that the test wants to see first. */
  async visit(url: string, stopBefore: (url: string) => boolean = () => false): Promise<Visit> {
    let at = url;
    for (let hops = 0; hops < 12; hops++) {
      const response = await this.get(at);
      const location = response.headers.get('location');
      if (location === null) return { url: at, response };
      await response.body?.cancel();
      const next = new URL(location, at).href;
      if (stopBefore(next)) return { url: next, response };
      at = next;
    }
    throw new Error(`too many redirects, the last to ${at}`);
  }

  cookies(origin: string): string {
    return [...(this.#jars.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(origin: string, setCookies: readonly string[]): void {
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    for (const line of setCookies) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      const isOver = /max-age=0(;|$)/i.test(line) || /expires=thu, 01 jan 1970/i.test(line);
      if (isOver) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}

/** A configuration of Prometheus that scrapes this gateway. */

export type ScrapeTarget = {
  /** Host and port. */
  readonly target: string;
  readonly scheme: 'http' | 'https';
  readonly path: string;
  /** The file with the gateway token. */
  readonly tokenFile: string;
};

/** The text of a prometheus.yml. JSON's texts are YAML's, so quoting is JSON's. */
export function scrapeConfig({ target, scheme, path, tokenFile }: ScrapeTarget): string {
  return [
    '# For prometheus.yml; the file with the token must be readable for Prometheus.',
    'scrape_configs:',
    '  - job_name: "openclaw"',
    '    scrape_interval: 15s',
    `    scheme: ${scheme}`,
    `    metrics_path: ${JSON.stringify(path)}`,
    '    authorization:',
    '      type: Bearer',
    `      credentials_file: ${JSON.stringify(tokenFile)}`,
    '    static_configs:',
    `      - targets: [${JSON.stringify(target)}]`,
  ].join('\n');
}

'use client';
import { useT } from '../../i18n/index.tsx';
import { classNames } from '../../ui/class-names.ts';
import { Link } from '../../ui/link.tsx';
import { sourceUrl } from './config-url.ts';

type RuleLinkProps = {
  readonly rule: string;
  /** The agent that is the default one. */
  readonly defaultAgent?: string | undefined;
  /** The configuration that the rule is of, by its hash; the one in force when left out. */
  readonly configHash?: string;
  readonly className?: string;
};

/** A rule of routing, leading to its line of the configuration where it has one. */
export function RuleLink({ rule, defaultAgent, configHash, className }: RuleLinkProps) {
  const t = useT();
  const key = keyOfRule(rule, defaultAgent);
  if (key === undefined) return <span className={classNames('font-mono', className)}>{rule}</span>;
  return (
    <Link
      href={sourceUrl(key, configHash)}
      title={t.route.toConfig(key)}
      className={classNames(
        'inline-flex min-h-6 items-center font-mono underline decoration-line-strong underline-offset-2 hover:text-accent',
        className,
      )}
    >
      {rule}
    </Link>
  );
}

/** The key that makes a rule. Those of a request or of an earlier conversation stand in no configuration. */
export function keyOfRule(rule: string, defaultAgent?: string): string | undefined {
  if (/^bindings\[\d+\]$/.test(rule) || /^channels\.[^.]+\.agentId$/.test(rule) || /^agents\..+\.model$/.test(rule)) return rule;
  const [key = ''] = rule.split('=');
  if (/^(session|bindings\[\d+\])\.(dmScope|threads|mainKey)$/.test(key)) return key;
  if (rule !== 'agents.default') return undefined;
  return defaultAgent === undefined ? 'agents.entries' : `agents.entries.${defaultAgent}.default`;
}

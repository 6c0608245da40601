import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { languageSchema, themeSchema } from '#core/contracts/preferences.ts';
import { defaultSessionPolicy } from '#core/session/model.ts';
import { refuse, succeed, type Result } from '#core/result.ts';

const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(86_400_000));

const policySchema = v.strictObject({
  idleCoverMs: v.optional(milliseconds, defaultSessionPolicy.idleCoverMs),
  coverCountdownMs: v.optional(milliseconds, defaultSessionPolicy.coverCountdownMs),
  coverLiftsByInput: v.optional(v.boolean(), defaultSessionPolicy.coverLiftsByInput),
  leaveBy: v.optional(v.picklist(['secondTap', 'hold', 'lockKey']), defaultSessionPolicy.leaveBy),
  leaveSecondTapWithinMs: v.optional(milliseconds, defaultSessionPolicy.leaveSecondTapWithinMs),
  leaveHoldMs: v.optional(milliseconds, defaultSessionPolicy.leaveHoldMs),
  identifyTimeoutMs: v.optional(milliseconds, defaultSessionPolicy.identifyTimeoutMs),
  pinTimeoutMs: v.optional(milliseconds, defaultSessionPolicy.pinTimeoutMs),
  openTimeoutMs: v.optional(milliseconds, defaultSessionPolicy.openTimeoutMs),
  refusalShownMs: v.optional(milliseconds, defaultSessionPolicy.refusalShownMs),
  readerLostCoverMs: v.optional(milliseconds, defaultSessionPolicy.readerLostCoverMs),
  tapDebounceMs: v.optional(milliseconds, defaultSessionPolicy.tapDebounceMs),
  readerSettleMs: v.optional(milliseconds, defaultSessionPolicy.readerSettleMs),
  endNoticeMs: v.optional(milliseconds, defaultSessionPolicy.endNoticeMs),
});

/** What IT sets on a terminal. No secret belongs in it. */
export const terminalConfigSchema = v.strictObject({
  /** Folder for identity, spool, cache and logs; readable by the terminal's own OS user alone. */
  stateFolder: v.pipe(v.string(), v.startsWith('/')),
  /** One-time enrolment token with the record server's address and authority; read until the terminal is enrolled. */
  enrolmentFile: v.optional(v.pipe(v.string(), v.startsWith('/'))),
  kiosk: v.optional(v.boolean(), true),
  window: v.optional(
    v.strictObject({
      width: v.pipe(v.number(), v.minValue(800)),
      height: v.pipe(v.number(), v.minValue(600)),
    }),
    { width: 1920, height: 1080 },
  ),
  language: v.optional(languageSchema, 'en'),
  theme: v.optional(themeSchema, 'light'),
  /** Whom a stuck clinician calls; shown on the idle screen. */
  helpDesk: v.optional(v.pipe(v.string(), v.maxLength(60)), ''),
  /** How long a tap alone resumes one's own session on this terminal (trust B0: at most 10 min by design). */
  graceMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(600_000)), 600_000),
  session: v.optional(policySchema, {}),
});
export type TerminalConfig = v.InferOutput<typeof terminalConfigSchema>;

/** Why a configuration was refused, in words for IT: the key and what is wrong with it. */
export type ConfigRefusal = 'configUnreadable' | 'configInvalid';

/** Reads and validates the configuration; unknown keys are refused, so that a typing mistake is not a silent default. */
export function readTerminalConfig(
  file: string,
): Result<TerminalConfig, ConfigRefusal> & { readonly detail?: string } {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { ...refuse('configUnreadable'), detail: file };
  }
  const parsed = v.safeParse(terminalConfigSchema, content);
  if (parsed.success) return succeed(parsed.output);
  const [issue] = parsed.issues;
  const key = issue.path?.map((item) => String(item.key)).join('.') ?? '';
  return { ...refuse('configInvalid'), detail: `${file}: ${key}: ${issue.message}` };
}

import * as v from 'valibot';

/** Languages of every screen. */
export const languageSchema = v.picklist(['en', 'fr']);
export type Language = v.InferOutput<typeof languageSchema>;
/** Colours of every screen. */
export const themeSchema = v.picklist(['light', 'dark']);
export type Theme = v.InferOutput<typeof themeSchema>;

/** What a person has chosen for herself, at whatever terminal; null = as the terminal is set. The later choice counts. */
export const preferencesSchema = v.strictObject({
  language: v.nullable(languageSchema),
  theme: v.nullable(themeSchema),
  savedAtMs: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type Preferences = v.InferOutput<typeof preferencesSchema>;

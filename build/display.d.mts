export function openDisplay(options?: {
  width?: number;
  height?: number;
  forceVirtual?: boolean;
  frameFolder?: string | null | undefined;
}): Promise<{ env: Record<string, string>; virtual: boolean; stop: () => void }>;

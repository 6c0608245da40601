export function openDisplay(options?: {
  width?: number;
  height?: number;
  forceVirtual?: boolean;
}): Promise<{ env: Record<string, string>; virtual: boolean; stop: () => void }>;

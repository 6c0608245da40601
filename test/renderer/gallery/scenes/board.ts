import { begin } from '../ward.ts';
import { minutes, type Scene } from '../scene.ts';

const board = (name: string, rest: Partial<Extract<Scene, { page: 'workspace' }>>): Scene => ({
  name,
  page: 'workspace',
  begin,
  ...rest,
});

/** The ward board. */
export const scenes: readonly Scene[] = [
  board('board', {}),
  board('board-mine', {
    act: (page) => page.locator('.segmented button').nth(1).click(),
  }),
  board('board-focus', {
    act: async (page) => {
      await page.locator('.bedRow[data-risk="3"]').focus();
      await page.keyboard.press('ArrowDown');
    },
  }),
  board('board-offline', {
    begin: {
      ...begin,
      freshness: {
        ...begin.freshness,
        asOfMs: minutes(-17),
        online: false,
        unsentOperations: 3,
        malformed: 0,
        conflicts: 1,
      },
    },
    messages: [{ topic: 'workspaceNotice', message: { notice: 'readerLost' } }],
  }),
  board('board-filling', {
    begin: {
      ...begin,
      board: { wardName: 'Ash ward', rows: [] },
      freshness: { ...begin.freshness, asOfMs: null, filling: { done: 5210, total: 12_480 } },
    },
  }),
  board('board-no-one-at-risk', {
    begin: { ...begin, board: { wardName: 'Ash ward', rows: begin.board.rows.slice(3, 4) } },
    act: (page) => page.locator('.segmented button').nth(2).click(),
  }),
];

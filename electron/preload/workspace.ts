import { workspaceCalls, workspaceTopics } from '#core/contracts/channels.ts';
import { exposeBridge } from './expose.ts';

exposeBridge('workspace', workspaceCalls, workspaceTopics);

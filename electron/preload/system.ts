import { systemCalls, systemTopics } from '#core/contracts/channels.ts';
import { exposeBridge } from './expose.ts';

exposeBridge('system', systemCalls, systemTopics);

import '#renderer/design/design.css';
import './system.css';
import { createRoot } from 'react-dom/client';
import { systemBridge } from '#renderer/bridge.ts';
import { createTexts } from '#renderer/i18n/text.tsx';
import { SystemApp } from './SystemApp.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('no root element');
createRoot(root).render(<SystemApp bridge={systemBridge()} texts={createTexts()} />);

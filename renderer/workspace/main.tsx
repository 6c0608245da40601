import '#renderer/design/design.css';
import './workspace.css';
import { createRoot } from 'react-dom/client';
import { workspaceBridge } from '#renderer/bridge.ts';
import { createTexts } from '#renderer/i18n/text.tsx';
import { WorkspaceApp } from './WorkspaceApp.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('no root element');
createRoot(root).render(<WorkspaceApp bridge={workspaceBridge()} texts={createTexts()} />);

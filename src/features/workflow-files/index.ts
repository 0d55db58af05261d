export { pathFault } from './path.ts';
export { workflowFilesRouter } from './routes.ts';
export { deleteFile, FILE_BYTES, listFiles, mayUseFiles, openFile, writeFile } from './service.ts';

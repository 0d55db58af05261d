import { afterEach, describe, expect, test, vi } from 'vitest';
import { createUser, PASSWORD } from '../helpers/actors.ts';
import { api } from '../helpers/api.ts';
import { captureLogs } from '../helpers/logs.ts';

afterEach(() => vi.restoreAllMocks());

describe('the log', () => {
  test('has one event for each request', async () => {
    const user = await createUser();
    const logs = captureLogs();
    const { headers } = await user.get('/api/v1/auth/me/', { headers: { 'X-Request-ID': 'log-test' } });
    expect(logs.events('request')).toEqual([
      {
        level: 'info',
        event: 'request',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        request_id: headers.get('x-request-id'),
        method: 'GET',
        route: '/api/v1/auth/me',
        status: 200,
        duration_ms: expect.any(Number),
        error_code: null,
        user_id: user.id,
        workspace_id: user.workspaceId,
        db_round_trips: 1,
        db_ms: expect.any(Number),
      },
    ]);
  });

  test('says why a request failed', async () => {
    const logs = captureLogs();
    await api.get('/api/v1/auth/me');
    await api.get('/nowhere');
    expect(logs.events('request')).toMatchObject([
      { status: 401, error_code: 'unauthenticated', user_id: null },
      { status: 404, error_code: 'not_found', user_id: null },
    ]);
  });

  test('holds no password, token, address or query', async () => {
    const user = await createUser();
    const logs = captureLogs();
    await api.post('/api/v1/auth/login', { username: user.email, password: PASSWORD });
    await api.post('/api/v1/auth/login', { username: user.email, password: 'Wrong-Password-1' });
    await api.as({ email: user.email, password: PASSWORD }).get('/api/v1/auth/me');
    await api.post('/api/v1/auth/refresh', { refresh_token: user.refreshToken });
    await api.post('/api/v1/auth/refresh', `{"refresh_token":"${user.refreshToken}`, {
      headers: { 'Content-Type': 'application/json' },
    });
    await api
      .get(`/api/v1/workspaces/${user.workspaceId}/events?token=${user.accessToken}`)
      .then(({ response }) => response.body?.cancel());
    await api.get('/nowhere', { query: { token: user.accessToken, email: user.email } });
    await user.get(`/api/v1/auth/me`, { headers: { 'X-Workspace-Id': 'not-an-id' } });
    expect(logs.events('request')).toHaveLength(8);
    const secrets = [PASSWORD, 'Wrong-Password-1', user.accessToken, user.refreshToken, user.email, user.username];
    expect(secrets.filter((secret) => logs.text().includes(secret))).toEqual([]);
  });
});

import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ErrorCode } from '../../core/errors.ts';
import type { Text } from '../../core/locale.ts';
import { EXECUTION_ERRORS } from './execution-catalog.ts';
import { LLM_ERRORS } from './llm-catalog.ts';
import { WORKSPACE_ERRORS } from './workspace-catalog.ts';

export type CatalogEntry = { status: ContentfulStatusCode; title: Text; detail: Text };

/** The one table from an error's code to what a client sees. Document and error handler are both made from it. */
export const ERRORS: Record<ErrorCode, CatalogEntry> = {
  malformed_request: {
    status: 400,
    title: { en: 'Malformed request', pt: 'Requisição malformada' },
    detail: { en: 'The request could not be read: {reason}.', pt: 'A requisição não pôde ser lida: {reason}.' },
  },
  validation_failed: {
    status: 422,
    title: { en: 'Validation failed', pt: 'Falha de validação' },
    detail: {
      en: 'One or more fields are not valid; see errors.',
      pt: 'Um ou mais campos não são válidos; veja errors.',
    },
  },
  unauthenticated: {
    status: 401,
    title: { en: 'Authentication required', pt: 'Autenticação necessária' },
    detail: {
      en: 'Valid credentials are required: a bearer token, or e-mail and password by HTTP Basic.',
      pt: 'Credenciais de autenticação necessárias',
    },
  },
  invalid_credentials: {
    status: 401,
    title: { en: 'Invalid credentials', pt: 'Credenciais inválidas' },
    detail: { en: 'E-mail or password is incorrect.', pt: 'Email ou senha incorretos' },
  },
  account_disabled: {
    status: 401,
    title: { en: 'Account disabled', pt: 'Conta desativada' },
    detail: { en: 'This account is disabled.', pt: 'Conta desativada' },
  },
  invalid_refresh_token: {
    status: 401,
    title: { en: 'Invalid refresh token', pt: 'Refresh token inválido' },
    detail: { en: 'The refresh token is invalid or has expired.', pt: 'Refresh token inválido ou expirado' },
  },
  invalid_mail_token: {
    status: 400,
    title: { en: 'Invalid token', pt: 'Token inválido' },
    detail: {
      en: 'The token is invalid, has expired, or was used before.',
      pt: 'O token é inválido, expirou ou já foi usado.',
    },
  },
  wrong_password: {
    status: 400,
    title: { en: 'Wrong password', pt: 'Senha incorreta' },
    detail: { en: 'The current password is incorrect.', pt: 'Senha atual incorreta' },
  },
  email_taken: {
    status: 400,
    title: { en: 'E-mail already registered', pt: 'Email já registrado' },
    detail: { en: 'This e-mail address is already registered.', pt: 'Email já está registrado' },
  },
  username_taken: {
    status: 400,
    title: { en: 'Username already in use', pt: 'Username já em uso' },
    detail: { en: 'This username is already in use.', pt: 'Username já está em uso' },
  },
  sole_owner: {
    status: 409,
    title: { en: 'Workspace would be left without an owner', pt: 'Workspace ficaria sem proprietário' },
    detail: {
      en: 'You own shared workspaces ({workspaces}). Hand them over or delete them first.',
      pt: 'Você é proprietário de workspaces compartilhados ({workspaces}). Transfira-os ou exclua-os primeiro.',
    },
  },
  forbidden: {
    status: 403,
    title: { en: 'Permission denied', pt: 'Permissão negada' },
    detail: { en: 'The permission {permission} is required.', pt: 'A permissão {permission} é necessária.' },
  },
  token_not_allowed: {
    status: 403,
    title: { en: 'Not by a personal access token', pt: 'Não permitido com token de acesso pessoal' },
    detail: {
      en: 'Personal access tokens may not do this; log in.',
      pt: 'Tokens de acesso pessoal não permitem esta operação; faça login.',
    },
  },
  not_found: {
    status: 404,
    title: { en: 'Not found', pt: 'Não encontrado' },
    detail: { en: 'There is no such {resource}.', pt: 'Recurso não encontrado: {resource}.' },
  },
  already_exists: {
    status: 409,
    title: { en: 'Already exists', pt: 'Já existe' },
    detail: { en: 'There is already a {resource} {name}.', pt: 'Já existe: {resource} {name}.' },
  },
  limit_reached: {
    status: 409,
    title: { en: 'Limit reached', pt: 'Limite atingido' },
    detail: {
      en: 'There may be at most {limit} of these here: {resource}.',
      pt: 'Pode haver no máximo {limit} destes aqui: {resource}.',
    },
  },
  ...WORKSPACE_ERRORS,
  budget_exceeded: {
    status: 402,
    title: { en: 'Budget exceeded', pt: 'Orçamento excedido' },
    detail: {
      en: 'This call may cost {amount} US dollars, but {remaining} of the budget {budget} are left; nothing was spent.',
      pt: 'Esta chamada pode custar {amount} dólares, mas restam {remaining} do orçamento {budget}; nada foi gasto.',
    },
  },
  billing_event_final: {
    status: 409,
    title: { en: 'Billing event is final', pt: 'Evento de cobrança definitivo' },
    detail: {
      en: 'Only a pending event that is not of usage can be taken back; make a refund instead.',
      pt: 'Somente um evento pendente que não seja de uso pode ser retirado; crie um reembolso.',
    },
  },
  secret_unreadable: {
    status: 409,
    title: { en: 'Secret unreadable', pt: 'Segredo ilegível' },
    detail: {
      en: 'The stored value of {name} can no longer be read; set it again.',
      pt: 'O valor armazenado de {name} não pode mais ser lido; defina-o novamente.',
    },
  },
  method_not_allowed: {
    status: 405,
    title: { en: 'Method not allowed', pt: 'Método não permitido' },
    detail: { en: 'This path answers {methods}.', pt: 'Este caminho responde a {methods}.' },
  },
  upgrade_required: {
    status: 426,
    title: { en: 'Upgrade required', pt: 'Upgrade necessário' },
    detail: {
      en: 'This path speaks WebSocket: send Upgrade: websocket.',
      pt: 'Este caminho fala WebSocket: envie Upgrade: websocket.',
    },
  },
  payload_too_large: {
    status: 413,
    title: { en: 'Payload too large', pt: 'Conteúdo grande demais' },
    detail: { en: 'The body may have at most {limit} bytes.', pt: 'O corpo pode ter no máximo {limit} bytes.' },
  },
  unsupported_media_type: {
    status: 415,
    title: { en: 'Unsupported media type', pt: 'Tipo de mídia não suportado' },
    detail: {
      en: 'The Content-Type of the body is not one that this operation reads.',
      pt: 'O Content-Type do corpo não é aceito por esta operação.',
    },
  },
  idempotency_mismatch: {
    status: 422,
    title: { en: 'Idempotency-Key used before', pt: 'Idempotency-Key já utilizada' },
    detail: {
      en: 'This Idempotency-Key was used for another request; use a new key.',
      pt: 'Esta Idempotency-Key foi usada em outra requisição; use uma chave nova.',
    },
  },
  idempotency_running: {
    status: 409,
    title: { en: 'Still being carried out', pt: 'Ainda em execução' },
    detail: {
      en: 'The first request with this Idempotency-Key is still being carried out.',
      pt: 'A primeira requisição com esta Idempotency-Key ainda está em execução.',
    },
  },
  answer_not_kept: {
    status: 409,
    title: { en: 'Answer not kept', pt: 'Resposta não guardada' },
    detail: {
      en: 'The request with this Idempotency-Key was carried out, but its answer is not kept; use a new key.',
      pt: 'A requisição com esta Idempotency-Key foi executada, mas a resposta não é guardada; use uma chave nova.',
    },
  },
  precondition_failed: {
    status: 412,
    title: { en: 'Changed meanwhile', pt: 'Alterado nesse meio-tempo' },
    detail: {
      en: 'The resource is not the version that If-Match names; read it again.',
      pt: 'O recurso não está na versão indicada em If-Match; leia-o novamente.',
    },
  },
  rate_limited: {
    status: 429,
    title: { en: 'Too many requests', pt: 'Muitas requisições' },
    detail: {
      en: 'The limit of requests is reached; try again in {seconds} s.',
      pt: 'O limite de requisições foi atingido; tente novamente em {seconds} s.',
    },
  },
  login_throttled: {
    status: 429,
    title: { en: 'Too many login attempts', pt: 'Muitas tentativas de login' },
    detail: {
      en: 'There were too many failed attempts; try again in {seconds} s.',
      pt: 'Houve muitas tentativas sem sucesso; tente novamente em {seconds} s.',
    },
  },
  model_not_found: {
    status: 422,
    title: { en: 'Unknown model', pt: 'Modelo desconhecido' },
    detail: {
      en: 'The catalogue has no active model {model} of provider {provider}.',
      pt: 'O catálogo não tem um modelo ativo {model} do provedor {provider}.',
    },
  },
  provider_not_found: {
    status: 422,
    title: { en: 'Unknown provider', pt: 'Provedor desconhecido' },
    detail: {
      en: 'The catalogue has no active provider {provider}.',
      pt: 'O catálogo não tem um provedor ativo {provider}.',
    },
  },
  provider_not_configured: {
    status: 424,
    title: { en: 'Provider not configured', pt: 'Provedor não configurado' },
    detail: {
      en: 'No API key is configured for provider {provider}.',
      pt: 'API key não configurada para o provedor {provider}',
    },
  },
  unsupported_parameter: {
    status: 422,
    title: { en: 'Unsupported parameter', pt: 'Parâmetro não suportado' },
    detail: {
      en: 'Model {model} does not support {parameter}.',
      pt: 'O modelo {model} não suporta {parameter}.',
    },
  },
  ...LLM_ERRORS,
  ...EXECUTION_ERRORS,
  webhook_not_configured: {
    status: 424,
    title: { en: 'Webhook not configured', pt: 'Webhook não configurado' },
    detail: {
      en: 'This deployment has no {variable}, so that nothing can be taken from outside.',
      pt: 'Esta instalação não tem {variable}; nada pode ser recebido de fora.',
    },
  },
  invalid_signature: {
    status: 400,
    title: { en: 'Invalid signature', pt: 'Assinatura inválida' },
    detail: {
      en: 'The message is not signed with the secret of this webhook, or not within the last five minutes.',
      pt: 'A mensagem não está assinada com o segredo deste webhook, ou não nos últimos cinco minutos.',
    },
  },
  address_not_allowed: {
    status: 422,
    title: { en: 'Address not allowed', pt: 'Endereço não permitido' },
    detail: {
      en: 'Only addresses of the public internet may be called; see errors.',
      pt: 'Somente endereços da internet pública podem ser chamados; veja errors.',
    },
  },
  remote_unavailable: {
    status: 424,
    title: { en: 'The other server is unavailable', pt: 'O outro servidor está indisponível' },
    detail: {
      en: '{host} could not be reached, or broke off.',
      pt: 'Não foi possível acessar {host}, ou a conexão foi interrompida.',
    },
  },
  remote_timeout: {
    status: 424,
    title: { en: 'The other server took too long', pt: 'O outro servidor demorou demais' },
    detail: {
      en: '{host} did not answer completely within {limit} s.',
      pt: '{host} não respondeu por completo em {limit} s.',
    },
  },
  remote_answer_too_large: {
    status: 424,
    title: { en: "The other server's answer is too large", pt: 'A resposta do outro servidor é grande demais' },
    detail: {
      en: 'The answer may have at most {limit} bytes.',
      pt: 'A resposta pode ter no máximo {limit} bytes.',
    },
  },
  too_many_redirects: {
    status: 424,
    title: { en: 'Too many redirects', pt: 'Redirecionamentos demais' },
    detail: {
      en: 'The address redirects more than {limit} times.',
      pt: 'O endereço redireciona mais de {limit} vezes.',
    },
  },
  database_unavailable: {
    status: 503,
    title: { en: 'Database unavailable', pt: 'Banco de dados indisponível' },
    detail: {
      en: 'The database does not answer at the moment; nothing was changed.',
      pt: 'O banco de dados não responde no momento; nada foi alterado.',
    },
  },
  service_unavailable: {
    status: 503,
    title: { en: 'Service unavailable', pt: 'Serviço indisponível' },
    detail: { en: '{service} does not answer at the moment.', pt: '{service} não responde no momento.' },
  },
  misconfigured: {
    status: 503,
    title: { en: 'Service not configured', pt: 'Serviço não configurado' },
    detail: {
      en: 'The service is not configured completely; its operators find the details in the log.',
      pt: 'O serviço não está totalmente configurado; os operadores encontram os detalhes no log.',
    },
  },
  internal_error: {
    status: 500,
    title: { en: 'Internal error', pt: 'Erro interno do servidor' },
    detail: {
      en: 'Something unexpected happened. Please quote the error_id when you report it.',
      pt: 'Ocorreu um erro inesperado. Informe o error_id ao reportá-lo.',
    },
  },
};

import { answerCalls } from '../../openai/local/answer-calls.ts';
import type { AnswerCallsDeps } from '../../openai/local/answer-calls.ts';
import type { OpenAiHandler } from '../../openai/handler.ts';
import type { PageHandlerDeps, PageHandlerInit } from './page-handler.ts';

export interface PageGatewayInit extends PageHandlerInit {
  readonly origin: string;
}

export interface PageGatewayDeps extends PageHandlerDeps, Pick<AnswerCallsDeps, 'worker' | 'leads'> {}

/** Answers pages of this origin, while this tab leads; see docs/gateway.md. Returns the way out. */
export function startPageGateway(init: PageGatewayInit, deps: PageGatewayDeps): () => void {
  let handler: Promise<OpenAiHandler> | null = null;
  // Few ever ask; only they load what it takes.
  const load = async () => (await import('./page-handler.ts')).createPageHandler(init, deps);
  return answerCalls(init, {
    worker: deps.worker,
    leads: deps.leads,
    async handle(request, visitor) {
      handler ??= load().catch((error: unknown) => {
        handler = null;
        throw error;
      });
      return (await handler)(request, visitor);
    },
  });
}

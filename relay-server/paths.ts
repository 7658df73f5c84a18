/** Below this path lie the models of the operator's folder: `/models-of-relay/ID/FILE`. */
export const MODELS_PATH = '/models-of-relay/';

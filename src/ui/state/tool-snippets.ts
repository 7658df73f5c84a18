/** A way to ask from a program, ready to paste. */
export interface ToolSnippet {
  readonly title: string;
  /** As a code block names it. */
  readonly language: string;
  readonly code: string;
}

/** Stands where the key goes: it is told once and not kept. */
const KEY = 'YOUR_KEY';

export function toolSnippets(baseUrl: string, modelId: string): readonly ToolSnippet[] {
  const question = JSON.stringify({ model: modelId, messages: [{ role: 'user', content: 'Hello' }] });
  return [
    {
      title: 'curl',
      language: 'bash',
      code: [
        `curl ${baseUrl}/chat/completions \\`,
        `  -H 'Authorization: Bearer ${KEY}' \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '${question}'`,
      ].join('\n'),
    },
    {
      title: 'Python, with the openai package',
      language: 'python',
      code: [
        'from openai import OpenAI',
        '',
        `client = OpenAI(base_url="${baseUrl}", api_key="${KEY}")`,
        'answer = client.chat.completions.create(',
        `    model="${modelId}",`,
        '    messages=[{"role": "user", "content": "Hello"}],',
        ')',
        'print(answer.choices[0].message.content)',
      ].join('\n'),
    },
  ];
}

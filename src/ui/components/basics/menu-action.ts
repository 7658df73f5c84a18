import type { IconName } from '../../icons/paths.ts';

/** One entry of a menu. */
export interface MenuAction {
  readonly label: string;
  readonly icon: IconName;
  readonly tone?: 'plain' | 'danger';
  run(): void | Promise<void>;
}

import { spawn } from 'node:child_process';

/*
 * Runs a program for as long as its own standard input is open. Whoever started it holds the other end: when that process
 * goes away, however it ends, the system closes the pipe, and the program is ended too.
 */
const [program, ...args] = process.argv.slice(2);
if (program === undefined) throw new Error('Which program?');
const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
const end = () => child.kill('SIGKILL');
process.stdin.on('end', end).on('close', end).resume();
process.on('SIGTERM', end);
// Ctrl+C reaches everybody at the terminal; whoever started this decides when it ends.
process.on('SIGINT', () => undefined);
child.on('error', () => process.exit(1));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
process.send?.({ pid: child.pid });

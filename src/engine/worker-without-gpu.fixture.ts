import './without-gpu.fixture.ts';
import './worker.ts';

/** As a browser without WebGPU: whatever is imported after this finds none. */
Object.defineProperty(Object.getPrototypeOf(navigator), 'gpu', { value: undefined });

namespace Mizzen.Proxy.Loop;

/// <summary>Work that another thread posts into a loop.</summary>
internal readonly record struct LoopWork(Action<object?> Run, object? State);

using System.Runtime.CompilerServices;
using Xunit;

namespace Mizzen.Testing.Sandbox;

/// <summary>A <see cref="SandboxedFactAttribute"/> with rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SandboxedTheoryAttribute : TheoryAttribute
{
    public SandboxedTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        Explicit = true;
    }
}

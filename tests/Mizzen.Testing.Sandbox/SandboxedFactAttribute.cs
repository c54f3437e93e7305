using System.Runtime.CompilerServices;
using Xunit;

namespace Mizzen.Testing.Sandbox;

/// <summary>
/// A test that needs namespaces of its own. It is explicit: <see cref="SandboxedClasses"/> starts this program again inside a sandbox, once
/// for each kind of user, and runs it there.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SandboxedFactAttribute : FactAttribute
{
    public SandboxedFactAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
        : base(sourceFilePath, sourceLineNumber)
    {
        Explicit = true;
    }
}

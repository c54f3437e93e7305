using Mizzen.Testing.Sandbox;

namespace Mizzen.Proxy.Tests;

/// <inheritdoc/>
public sealed class SandboxTests : SandboxedClasses;

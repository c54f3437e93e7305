using Mizzen.Testing.Sandbox;

namespace Mizzen.Mesh.Tests;

/// <inheritdoc/>
public sealed class SandboxTests : SandboxedClasses;

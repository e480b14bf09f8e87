export default function Page() {
  return (
    <div className="plain">
      <h1>payments</h1>
    </div>
  );
}

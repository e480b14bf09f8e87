export default function Page() {
  return (
    <div className="plain">
      <h1>filings</h1>
    </div>
  );
}
